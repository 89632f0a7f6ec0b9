import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { EVENT, served } from '../support/ingress.ts';
import { send, sendBytes } from '../support/raw-http.ts';

describe('hostile bytes', () => {
  test.each([
    ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      'POST /default/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a length and chunks',
      'POST /default/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a bad chunk size',
      'POST /default/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a control character in a value',
      'POST /default/orders HTTP/1.1\r\nHost: x\r\nce-id: a\u0000b\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    ['a space before the colon', 'POST /default/orders HTTP/1.1\r\nHost: x\r\nce-id : a\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['no Host', 'POST /default/orders HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ])('%s is refused, and nothing is stored', async (_name, bytes, answer) => {
    const { url, stored } = await served();
    expect(await sendBytes(url, Buffer.from(bytes, 'latin1'))).toMatch(answer);
    expect(stored).toEqual([]);
  });

  test('a sender that goes away in the middle of a body leaves nothing behind', async () => {
    const { url, stored, metrics } = await served();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`POST /default/orders HTTP/1.1\r\nHost: x\r\nce-id: 1\r\nContent-Length: 100\r\n\r\nabc`);
    await send(url, { headers: EVENT, body: 'x' });
    socket.destroy();
    await once(socket, 'close');
    await expect.poll(async () => (await metrics.scrape()).text).toContain('weir_ingress_queued_bytes 0');
    expect(stored).toHaveLength(1);
  });

  test('two requests in one packet are two events', async () => {
    const { url, stored } = await served();
    const one = (id: string, more: string): string =>
      `POST /default/orders HTTP/1.1\r\nHost: x\r\nce-specversion: 1.0\r\nce-id: ${id}\r\nce-source: /s\r\nce-type: t\r\nContent-Length: 1\r\n${more}\r\nx`;
    const answer = await sendBytes(url, one('a', '') + one('b', 'Connection: close\r\n'));
    expect(answer.match(/HTTP\/1\.1 202/g)).toHaveLength(2);
    expect(stored.map(({ event }) => event.attributes.get('id'))).toEqual(['a', 'b']);
  });
});
