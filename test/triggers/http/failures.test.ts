import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { client, message, posted } from './posting.ts';
import { serve, serveRaw, until } from './server.ts';

describe('no answer', () => {
  test('connection refused', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const port = typeof address === 'object' && address ? address.port : 0;
    expect(await posted(`http://127.0.0.1:${port}/`)).toMatchObject({ kind: 'error', error: 'ECONNREFUSED' });
  });

  test('a name that does not exist', async () => {
    const answer = await posted('http://nowhere.invalid/');
    expect(answer).toMatchObject({ kind: 'error', error: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
  });

  test.each<[string, string, (socket: Socket) => void]>([
    ['closed before a byte', 'closed', (socket) => void socket.once('data', () => socket.end())],
    [
      'half-closed: it stops sending, in the middle of its headers',
      'closed',
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncont')),
    ],
    ['reset', 'ECONNRESET', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
    [
      'closed in the middle of the body',
      'closed',
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')),
    ],
    [
      'no HTTP at all',
      'malformed-answer',
      (socket) => void socket.once('data', () => socket.end('220 smtp.example ESMTP\r\n')),
    ],
    [
      'headers without end',
      'headers-too-large',
      (socket) => void socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(200_000)}\r\n`)),
    ],
  ])('%s', async (_, error, speak) => {
    const { url } = await serveRaw(speak);
    expect(await posted(url)).toMatchObject({ kind: 'error', error });
  });

  test('in time: the attempt ends at its timeout and the connection is closed', async () => {
    const { http, clock } = client();
    let asked = false;
    const { url, open } = await serve(() => (asked = true));
    const answer = http.open({ url }, 1).post(message('x', 5000));
    await until(() => asked);
    await clock.advance(4999);
    expect(open()).toBe(1);
    await clock.advance(1);
    expect(await answer).toEqual({ kind: 'error', error: 'timeout', tookMs: 5000 });
    await until(() => open() === 0);
  });

  test('a body that trickles does not outlive the timeout', async () => {
    const { http, clock } = client();
    let started = false;
    const { url } = await serve((_, answer) => {
      answer.writeHead(200);
      answer.write('a', () => (started = true));
    });
    const answer = http.open({ url }, 1).post(message('x', 5000));
    await until(() => started);
    await clock.advance(5000);
    expect(await answer).toMatchObject({ kind: 'error', error: 'timeout' });
  });

  test('different timeouts each end at their own', async () => {
    const { http, clock } = client();
    const { url } = await serve(() => {});
    const sender = http.open({ url }, 3);
    const ended: number[] = [];
    const all = [3000, 1000, 2000].map(async (ms) => {
      await sender.post(message('x', ms));
      ended.push(ms);
    });
    await clock.advance(1000);
    expect(ended).toEqual([1000]);
    await clock.advance(2000);
    await Promise.all(all);
    expect(ended).toEqual([1000, 2000, 3000]);
  });
});
