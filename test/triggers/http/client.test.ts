import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import type { Answer, Http, HttpLimits, Message, Sender } from '../../../triggers/http.ts';
import { openHttp } from '../../../triggers/http/client.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { serve, serveRaw, until, type Received } from './server.ts';

function client(
  limits: Partial<HttpLimits> = {},
  clock = new FakeClock(),
): { readonly http: Http; readonly clock: FakeClock } {
  const http = openHttp(clock, limits);
  onTestFinished(() => http[Symbol.asyncDispose]());
  return { http, clock };
}

function message(body = 'hello', timeoutMs = 30_000): Message {
  return { headers: ['content-type', 'text/plain', 'ce-id', '1'], body: Buffer.from(body), timeoutMs };
}

async function posted(url: string, limits: Partial<HttpLimits> = {}): Promise<Answer> {
  return client(limits).http.open({ url }, 1).post(message());
}

function response(answer: Answer): Extract<Answer, { kind: 'response' }> {
  if (answer.kind !== 'response') throw new Error(`expected a response, got ${JSON.stringify(answer)}`);
  return answer;
}

/** Ends what is held, and what comes to be held, until every post is answered. */
async function settled(posts: readonly Promise<Answer>[], held: ServerResponse[]): Promise<void> {
  let over = false;
  const all = Promise.all(posts).then(() => (over = true));
  await until(() => {
    for (const answer of held.splice(0)) answer.end();
    return over;
  });
  await all;
}

describe('a request', () => {
  test('is a POST of the bytes, with content-length, to path and query', async () => {
    const seen: Received[] = [];
    const { url } = await serve((request, answer) => {
      seen.push(request);
      answer.end();
    });
    await posted(`${url}/a/b?c=d`);
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/a/b?c=d',
        headers: { 'content-length': '5', 'content-type': 'text/plain', 'ce-id': '1' },
      },
    ]);
    expect(seen[0]?.body.toString()).toBe('hello');
  });

  test('without a body says so', async () => {
    const seen: Received[] = [];
    const { url } = await serve((request, answer) => {
      seen.push(request);
      answer.end();
    });
    await client()
      .http.open({ url }, 1)
      .post({ headers: ['ce-id', '1'], timeoutMs: 1000 });
    expect(seen[0]?.headers['content-length']).toBe('0');
  });

  test("carries the URL's user and password as Basic authorization [RFC 7617]", async () => {
    const seen: Received[] = [];
    const { url } = await serve((request, answer) => {
      seen.push(request);
      answer.end();
    });
    await posted(url.replace('http://', 'http://me:p%40ss@'));
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });

  test.each(['ftp://example.com/', 'nonsense', '/relative'])('to %s is refused', (url) => {
    expect(() => client().http.open({ url }, 1)).toThrow(
      expect.objectContaining({ name: 'RefusedError', code: 'reference-unresolved' }),
    );
  });
});

describe('an answer', () => {
  test.each([200, 202, 204, 304, 400, 404, 410, 429, 500, 503, 599])('of %i is told as it is', async (status) => {
    const { url } = await serve((_, answer) => answer.writeHead(status).end());
    expect(response(await posted(url)).status).toBe(status);
  });

  test('of 302 is told, its location not followed', async () => {
    let requests = 0;
    const { url } = await serve((_, answer) => {
      requests++;
      answer.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(response(await posted(url)).status).toBe(302);
    expect(requests).toBe(1);
  });

  test('that is interim is passed over for the final one', async () => {
    const { url } = await serveRaw((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
      );
    });
    expect(response(await posted(url)).status).toBe(200);
  });

  test.each([
    [100, 'HTTP/1.1 100 Continue\r\n\r\n'],
    [101, 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ])('of %i, which nobody asked for, is final [data-plane 1xx]', async (status, raw) => {
    const { url } = await serveRaw((socket) => void socket.once('data', () => socket.write(raw)));
    expect(response(await posted(url)).status).toBe(status);
  });

  test('of an error keeps its first KiB and its headers', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(503, { 'Retry-After': '7' }).end('x'.repeat(5000)));
    const { body, headers } = response(await posted(url));
    expect(Buffer.from(body).toString()).toBe('x'.repeat(1024));
    expect(headers).toEqual(expect.arrayContaining(['Retry-After', '7']));
  });

  test('of a success without an event keeps nothing', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<p>ok</p>'));
    expect(response(await posted(url))).toMatchObject({ headers: [], tooLarge: false });
    expect(response(await posted(url)).body.byteLength).toBe(0);
  });

  test.each([
    ['binary', { 'ce-specversion': '1.0', 'ce-id': '2' }],
    ['structured', { 'content-type': 'Application/CloudEvents+json' }],
  ])('with an event in %s mode keeps all of it', async (_, headers) => {
    const { url } = await serve((__, answer) => answer.writeHead(200, headers).end('y'.repeat(200_000)));
    const { body, headers: flat } = response(await posted(url));
    expect(body.byteLength).toBe(200_000);
    expect(flat).toEqual(expect.arrayContaining(Object.entries(headers).flat()));
  });

  test('with an event beyond the limit is cut off and says so', async () => {
    const { url, open } = await serve((_, answer) =>
      answer.writeHead(200, { 'ce-id': '2' }).end(Buffer.alloc(3_000_000)),
    );
    expect(response(await posted(url))).toMatchObject({ status: 200, tooLarge: true });
    await until(() => open() === 0);
  });

  test('with an event in a 202 keeps its headers, to be told, and no body [D12]', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(202, { 'ce-id': '2' }).end('body'));
    const { headers, body } = response(await posted(url));
    expect(headers).toContain('ce-id');
    expect(body.byteLength).toBe(0);
  });

  test.each([200, 500])(
    'of %i whose body never ends is taken when enough came, and costs its connection',
    async (status) => {
      const { url, open } = await serve((_, answer) => {
        answer.writeHead(status);
        const more = (): void => {
          if (!answer.destroyed) answer.write(Buffer.alloc(16_384), () => setImmediate(more));
        };
        more();
      });
      expect(response(await posted(url)).status).toBe(status);
      await until(() => open() === 0);
    },
  );
});

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

describe('connections', () => {
  test('are used again', async () => {
    const { url, connections } = await serve((_, answer) => answer.writeHead(200).end('fine'));
    const sender = client().http.open({ url }, 4);
    for (let i = 0; i < 20; i++) expect(response(await sender.post(message())).status).toBe(200);
    expect(connections()).toBe(1);
  });

  test('are used again after an error of 500 and a body nobody reads', async () => {
    const { url, connections } = await serve((_, answer) => answer.writeHead(500).end('z'.repeat(30_000)));
    const sender = client().http.open({ url }, 1);
    for (let i = 0; i < 5; i++) await sender.post(message());
    expect(connections()).toBe(1);
  });

  test('are as many as the senders of an origin add up to', async () => {
    const held: ServerResponse[] = [];
    const { url, connections } = await serve((_, answer) => held.push(answer));
    const { http } = client();
    const senders = [http.open({ url: `${url}/a` }, 2), http.open({ url: `${url}/b` }, 3)];
    const all = senders.flatMap((sender) => [1, 2, 3, 4, 5].map(() => sender.post(message())));
    await until(() => held.length === 5);
    expect(connections()).toBe(5);
    await settled(all, held);
    expect(connections()).toBe(5);
  });

  test('that the server closes are made anew', async () => {
    const { url, connections, open } = await serve((_, answer) => answer.writeHead(200, { connection: 'close' }).end());
    const { http } = client();
    const sender = http.open({ url }, 1);
    for (let i = 0; i < 3; i++) expect(response(await sender.post(message())).status).toBe(200);
    expect(connections()).toBe(3);
    await until(() => open() === 0 && http.sockets === 0);
  });

  test('are closed when a sender is disposed, what is in flight goes on', async () => {
    const held: ServerResponse[] = [];
    const { url, open } = await serve((_, answer) => held.push(answer));
    const { http } = client();
    const sender = http.open({ url }, 1);
    const answers = [sender.post(message()), sender.post(message())];
    await until(() => held.length === 1);
    sender[Symbol.dispose]();
    sender[Symbol.dispose]();
    held.shift()?.writeHead(204).end();
    expect(response(await (answers[0] as Promise<Answer>)).status).toBe(204);
    await until(() => held.length === 1);
    held.shift()?.writeHead(204).end();
    expect(response(await (answers[1] as Promise<Answer>)).status).toBe(204);
    await until(() => open() === 0 && http.sockets === 0);
  });

  test('of an origin nobody posts to are closed after a minute', async () => {
    const { url, open } = await serve((_, answer) => answer.writeHead(200, { 'keep-alive': 'timeout=600' }).end());
    const { http, clock } = client();
    const sender = http.open({ url }, 1);
    await sender.post(message());
    await clock.advance(40_000);
    await sender.post(message());
    await clock.advance(59_999);
    expect(http.sockets).toBe(1);
    await clock.advance(1);
    await until(() => open() === 0 && http.sockets === 0);
    expect(clock.pending).toBe(0);
  });
});

describe('the sockets of a process', () => {
  test('are never more than the limit, and all who wait get one in turn', async () => {
    let most = 0;
    const { http } = client({ socketsMax: 4 });
    const servers = await Promise.all(
      Array.from({ length: 6 }, () =>
        serve((_, answer) => {
          most = Math.max(most, http.sockets);
          setImmediate(() => answer.end());
        }),
      ),
    );
    const senders = servers.map(({ url }) => http.open({ url }, 3));
    const answers = await Promise.all(
      senders.flatMap((sender) => Array.from({ length: 10 }, () => sender.post(message()))),
    );
    expect(answers.every((answer) => answer.kind === 'response' && answer.status === 200)).toBe(true);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('waiting for one is no part of the timeout', async () => {
    const held: ServerResponse[] = [];
    const slow = await serve((_, answer) => held.push(answer));
    const fast = await serve((_, answer) => answer.end());
    const { http, clock } = client({ socketsMax: 1 });
    const first = http.open({ url: slow.url }, 1).post(message('x', 60_000));
    await until(() => held.length === 1);
    const second = http.open({ url: fast.url }, 1).post(message('x', 1000));
    await clock.advance(30_000);
    held[0]?.end();
    expect([(await first).kind, (await second).kind]).toEqual(['response', 'response']);
  });

  test('beyond half, a sender gets an equal share: one with slow answers leaves room for others', async () => {
    const held: ServerResponse[] = [];
    const slow = await serve((_, answer) => held.push(answer));
    const other = await serve((_, answer) => answer.end());
    const { http } = client({ socketsMax: 10 });
    const greedy = [http.open({ url: `${slow.url}/1` }, 10), http.open({ url: `${slow.url}/2` }, 10)];
    const stuck = greedy.flatMap((sender) => Array.from({ length: 4 }, () => sender.post(message())));
    await until(() => held.length === 8);
    const more = Array.from({ length: 6 }, () => (greedy[0] as Sender).post(message()));
    const third = http.open({ url: other.url }, 2);
    expect((await third.post(message())).kind).toBe('response');
    await until(() => held.length >= 8);
    await settled([...stuck, ...more], held);
  });
});

describe('disposal', () => {
  test('answers what is in flight and what waits with aborted, closes all, and later posts too', async () => {
    let asked = 0;
    const { url, open } = await serve(() => asked++);
    const { http, clock } = client();
    const sender = http.open({ url }, 1);
    const answers = [sender.post(message()), sender.post(message())];
    await until(() => asked === 1);
    await Promise.all([http[Symbol.asyncDispose](), http[Symbol.asyncDispose]()]);
    expect(await Promise.all(answers)).toEqual([{ kind: 'aborted' }, { kind: 'aborted' }]);
    expect(await sender.post(message())).toEqual({ kind: 'aborted' });
    await until(() => open() === 0);
    expect(http.sockets).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
