import { once } from 'node:events';
import { type Server, type Socket, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { RabbitmqLink } from '../../../clients/rabbitmq/link.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const opened: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];

afterEach(() => {
  for (const { server, sockets } of opened.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** What listens where a RabbitMQ should; resolves with the port. */
async function listen(connected: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).resume();
    connected(socket);
  });
  opened.push({ server, sockets });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it has no port');
  return address.port;
}

function connect(port: number, clock: FakeClock, signal = new AbortController().signal): Promise<unknown> {
  const address = {
    secret: 's',
    host: '127.0.0.1',
    port,
    tls: undefined,
    username: 'u',
    password: 'S3NTINEL',
    vhost: '/',
  };
  return RabbitmqLink.connect(address, { clock, code: 'source-unavailable' }, signal).catch((error: unknown) => error);
}

describe('opening a connection to RabbitMQ', () => {
  test('is given up when nothing is said for 15 s, and the socket is closed', async () => {
    const clock = new FakeClock();
    const { promise: socket, resolve } = Promise.withResolvers<Socket>();
    const connecting = connect(await listen(resolve), clock);
    const closed = once(await socket, 'close');
    await clock.advance(15_000);
    expect(await connecting).toMatchObject({
      code: 'source-unavailable',
      message: expect.stringContaining('it did not open a connection within 15 s; it is tried again'),
    });
    await closed;
    expect(clock.pending).toBe(0);
  });

  test('ends soon after it is told to stop', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const { promise: socket, resolve } = Promise.withResolvers<Socket>();
    const connecting = connect(await listen(resolve), clock, stop.signal);
    await socket;
    stop.abort();
    expect(await connecting).toMatchObject({ code: 'source-unavailable' });
    expect(await connect(1, clock, AbortSignal.abort())).toMatchObject({ code: 'source-unavailable' });
    expect(clock.pending).toBe(0);
  });

  test.each([
    ['hangs up', (socket: Socket) => void socket.end()],
    ['resets the connection', (socket: Socket) => void socket.resetAndDestroy()],
    ['speaks something else', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('fails with what %s, without the password', async (_what, connected) => {
    const failure = await connect(await listen(connected), new FakeClock());
    expect(failure).toMatchObject({ code: 'source-unavailable' });
    expect(String(failure)).not.toContain('S3NTINEL');
  });
});
