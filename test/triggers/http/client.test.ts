import { describe, expect, test } from 'vitest';
import { client, posted, response } from './posting.ts';
import { serve, serveRaw, until, type Received } from './server.ts';

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

  test('that is interim is passed over for the final one, with all it said', async () => {
    const { url } = await serveRaw((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nce-id: 1\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      });
    });
    expect(response(await posted(url))).toMatchObject({ status: 200, headers: [] });
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
