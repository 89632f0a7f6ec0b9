import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { KafkaProducer } from '../../clients/kafka/producer.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SourceWorld } from '../sources/source-world.ts';

test('a producer that is connecting to a server which says nothing is disposed of at once, and so is what it was to write', async () => {
  const sockets = new Set<Socket>();
  const connected = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    connected.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { log } = new SourceWorld().ports;
  // Its time stands still: no deadline is what ends it.
  const ports = { clock: new FakeClock(), log, who: 'default/kafkasink/it', unavailable: 'sink-unavailable' } as const;
  const producer = new KafkaProducer({ brokers: [`127.0.0.1:${port}`] }, 't', ports);
  try {
    const sending = producer
      .send({ key: null, value: Buffer.from('x'), headers: {} }, new AbortController().signal)
      .catch((error: unknown) => error);
    await connected.promise;
    await producer[Symbol.asyncDispose]();
    expect(await sending).toMatchObject({ code: 'shutting-down' });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}, 5_000);
