import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RabbitmqPublisher } from '../../../clients/rabbitmq/publisher.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const [START_OK, OPEN, CHANNEL_OPEN] = ['10.11', '10.40', '20.10'];

/** A method of channel 0. [AMQP 0-9-1 4.2.3] */
function frame(classId: number, methodId: number, ...args: readonly Buffer[]): Buffer {
  const payload = Buffer.concat([Buffer.from([0, classId, 0, methodId]), ...args]);
  const head = Buffer.from([1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

function long(text: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(text.length);
  return Buffer.concat([size, Buffer.from(text)]);
}

/** The methods in what a client wrote. */
function methods(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at + 11 <= bytes.length; at += bytes.readUInt32BE(at + 3) + 8)
    found.push(`${bytes.readUInt16BE(at + 7)}.${bytes.readUInt16BE(at + 9)}`);
  return found;
}

/** Opens a connection as RabbitMQ does, and never a channel. */
function greet(socket: Socket, asked: () => void): void {
  socket.on('error', () => undefined);
  socket.on('data', (bytes) => {
    if (bytes.subarray(0, 4).toString() === 'AMQP')
      return socket.write(frame(10, 10, Buffer.from([0, 9, 0, 0, 0, 0]), long('PLAIN'), long('en_US')));
    for (const method of methods(bytes)) {
      if (method === START_OK) socket.write(frame(10, 30, Buffer.from([0, 10, 0, 1, 0, 0, 0, 0])));
      if (method === OPEN) socket.write(frame(10, 41, Buffer.from([0])));
      if (method === CHANNEL_OPEN) asked();
    }
    return undefined;
  });
}

test('a publisher that waits for a channel is disposed of at once, and its connection with it', async () => {
  const asked = Promise.withResolvers<Socket>();
  const server = createServer((socket) => greet(socket, () => asked.resolve(socket)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const to = { secret: 's', host: '127.0.0.1', port, tls: undefined, username: 'u', password: 'p', vhost: '/' };
  // Its time stands still: no deadline is what ends it.
  const publisher = new RabbitmqPublisher(to, { clock: new FakeClock(), code: 'sink-unavailable' });
  try {
    const message = { headers: {}, body: Buffer.from('x') };
    const publishing = publisher
      .publish({ exchange: '', routingKey: 'q', message }, new AbortController().signal)
      .catch((error: unknown) => error);
    const socket = await asked.promise;
    await publisher[Symbol.asyncDispose]();
    expect(await publishing).toMatchObject({ code: 'shutting-down' });
    if (!socket.closed) await once(socket, 'close');
  } finally {
    server.close();
  }
}, 8_000);
