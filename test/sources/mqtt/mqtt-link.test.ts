import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../../events/clock.ts';
import { mqttKind } from '../../../sources/mqtt/kind.ts';
import { openSource } from '../../../sources/open.ts';
import { SourceWorld, instance } from '../source-world.ts';

const CONNACK = Buffer.from([0x20, 2, 0, 0]);
/** Of QoS 0, to topic a, saying 1. */
const PUBLISH = Buffer.from([0x30, 4, 0, 1, 0x61, 0x31]);
const [CONNECT, SUBSCRIBE] = [0x10, 0x82];

/** A server that lets everybody in; `subscribed` is told of each SUBSCRIBE. */
async function serving(subscribed: (socket: Socket, bytes: Buffer) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (bytes[0] === CONNECT) socket.write(CONNACK);
      if (bytes[0] === SUBSCRIBE) subscribed(socket, bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const url = `mqtt://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const spec = { sink: { uri: 'http://sink.example' }, url, topics: [{ filter: 'a', qos: 0 }], protocolVersion: 4 };
  return { it: instance('MQTTSource', spec), [Symbol.dispose]: () => void server.close() };
}

test('a source whose server does not answer what it subscribes to stops at once, and leaves no connection', async () => {
  const subscribed = Promise.withResolvers<Socket>();
  using server = await serving(subscribed.resolve);
  const world = new SourceWorld(systemClock);
  const source = openSource(server.it, world.ports, [mqttKind]);
  const socket = await subscribed.promise;
  await source[Symbol.asyncDispose]();
  expect(world.warnings).toEqual([]);
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}, 8_000);

test('two messages of QoS 0 that say the same are two events, as neither ever comes again', async () => {
  using server = await serving((socket, bytes) => {
    socket.write(Buffer.from([0x90, 3, bytes[2] ?? 0, bytes[3] ?? 0, 0]));
    socket.write(Buffer.concat([PUBLISH, PUBLISH]));
  });
  const world = new SourceWorld(systemClock);
  await using _source = openSource(server.it, world.ports, [mqttKind]);
  await world.until(() => world.ids.length === 2, AbortSignal.timeout(5_000));
  expect(new Set(world.ids).size).toBe(2);
}, 8_000);
