import { describe, expect, test } from 'vitest';
import { EVENT, refusal, served } from '../support/ingress.ts';
import { send, sendBytes } from '../support/raw-http.ts';

describe('limits', () => {
  test.each<[string, readonly string[] | Uint8Array]>([
    ['whose length is announced', new Uint8Array(2049)],
    ['in chunks of unknown length', Array.from({ length: 5 }, () => 'x'.repeat(500))],
  ])('a body %s that is too large is answered 413 with the limit', async (_name, body) => {
    const { url, stored } = await served({ limits: { bodyBytes: 2048 } });
    expect(refusal(await send(url, { headers: EVENT, body }))).toMatchObject({
      status: 413,
      code: 'event-too-large',
      message: expect.stringContaining('limit of 2 KiB'),
    });
    expect(stored).toEqual([]);
  });

  test('a sender of a body that is far too large sees the answer, not a reset, and loses the connection', async () => {
    const { url } = await served();
    const answered = await send(url, { headers: EVENT, body: new Uint8Array(8 * 1024 * 1024) });
    expect([answered.status, answered.headers['connection']]).toEqual([413, 'close']);
  });

  test('a body of exactly the limit is accepted', async () => {
    const { url } = await served({ limits: { bodyBytes: 2048 } });
    expect((await send(url, { headers: EVENT, body: new Uint8Array(2048) })).status).toBe(202);
  });

  test('a sender that waits for 100 is refused before it sends a body that is too large', async () => {
    const { url } = await served({ limits: { bodyBytes: 10 } });
    const answer = await sendBytes(
      url,
      'POST /default/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('headers of more than 128 KiB are answered 431 with Allow and the limit', async () => {
    const { url } = await served();
    const answer = await sendBytes(
      url,
      `POST /default/orders HTTP/1.1\r\nHost: x\r\nce-a: ${'x'.repeat(140_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('Allow: POST, OPTIONS');
    expect(answer).toContain('limit of 128 KiB');
  });

  test('more than 2,000 headers lose none of them', async () => {
    const { url, stored } = await served();
    const many = Array.from({ length: 2500 }, (_, i) => [`ce-x${i}`, 'v']).flat();
    expect((await send(url, { headers: [...many, ...EVENT], body: 'x' })).status).toBe(202);
    expect(stored[0]?.event.attributes.size).toBe(2504);
  });

  test('more bodies at once than the queue holds are answered 503 with Retry-After, and room returns', async () => {
    const gate = Promise.withResolvers<void>();
    const first = Promise.withResolvers<void>();
    const { url } = await served({
      limits: { appendQueueBytes: 100 },
      append: async () => {
        first.resolve();
        await gate.promise;
      },
    });
    const accepted = send(url, { headers: EVENT, body: 'x'.repeat(80) });
    await first.promise;
    const refused = await send(url, { headers: EVENT, body: 'x'.repeat(80) });
    expect([refused.status, refused.headers['retry-after'], JSON.parse(refused.text).code]).toEqual([
      503,
      '1',
      'overloaded',
    ]);
    gate.resolve();
    expect((await accepted).status).toBe(202);
    expect((await send(url, { headers: EVENT, body: 'x'.repeat(80) })).status).toBe(202);
  });
});
