import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../events/clock.ts';
import { mqttKind } from '../../sources/mqtt-kind.ts';
import { openSource } from '../../sources/open.ts';
import { SourceWorld, instance } from './source-world.ts';

const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const [CONNECT, SUBSCRIBE] = [0x10, 0x82];

test('a source whose server does not answer what it subscribes to stops at once, and leaves no connection', async () => {
  const subscribed = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (bytes[0] === CONNECT) socket.write(CONNACK);
      if (bytes[0] === SUBSCRIBE) subscribed.resolve(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const url = `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const spec = { sink: { uri: 'http://sink.example' }, url, topics: [{ filter: 'a' }], protocolVersion: 4 };
  const world = new SourceWorld(systemClock);
  try {
    const source = openSource(instance('MQTTSource', spec), world.ports, [mqttKind]);
    const socket = await subscribed.promise;
    await source[Symbol.asyncDispose]();
    expect(world.warnings).toEqual([]);
    if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  } finally {
    server.close();
  }
}, 8_000);
