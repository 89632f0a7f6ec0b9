import { describe, expect, test } from 'vitest';
import { EVENT, STRUCTURED, json, refusal, served } from '../support/ingress.ts';
import { send } from '../support/raw-http.ts';

test('an event in binary mode is stored with its bytes as they came, and answered 202 without a body [data-plane D4, D6]', async () => {
  const { url, stored } = await served();
  const answered = await send(url, {
    headers: [...EVENT, 'ce-n', '007', 'Content-Type', 'text/x;a=b'],
    body: new Uint8Array([0, 255, 10]),
  });
  expect([answered.status, answered.text, answered.headers['content-length']]).toEqual([202, '', '0']);
  expect(Object.fromEntries(stored[0]?.event.attributes ?? [])).toEqual({
    ...json('1'),
    n: '007',
    datacontenttype: 'text/x;a=b',
  });
  expect([...(stored[0]?.event.data ?? [])]).toEqual([0, 255, 10]);
});

test('an event in structured mode is accepted [data-plane D3]', async () => {
  const { url, stored } = await served();
  expect(
    (await send(url, { headers: STRUCTURED, body: JSON.stringify({ ...json('9'), data: { a: 1 } }) })).status,
  ).toBe(202);
  expect(stored[0]?.event.attributes.get('id')).toBe('9');
});

test('a body that comes in chunks is stored whole', async () => {
  const { url, stored } = await served();
  expect((await send(url, { headers: EVENT, body: ['ab', 'cd', 'e'] })).status).toBe(202);
  expect(new TextDecoder().decode(stored[0]?.event.data)).toBe('abcde');
});

test('an event without data has none', async () => {
  const { url, stored } = await served();
  expect((await send(url, { headers: [...EVENT, 'Content-Length', '0'] })).status).toBe(202);
  expect(stored[0]?.event.data).toBeUndefined();
});

test('202 comes only after the channel has made it durable [C33]', async () => {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const order: string[] = [];
  const { url } = await served({
    append: async () => {
      asked.resolve();
      await gate.promise;
      order.push('durable');
    },
  });
  const answered = send(url, { headers: EVENT, body: 'x' }).then(() => order.push('answered'));
  await asked.promise;
  gate.resolve();
  await answered;
  expect(order).toEqual(['durable', 'answered']);
});

describe('methods [data-plane D5, knative 2.1]', () => {
  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH'])('%s is answered 405 with Allow', async (method) => {
    const { url } = await served();
    const answered = await send(url, { method });
    expect([answered.status, answered.headers['allow']]).toEqual([405, 'POST, OPTIONS']);
  });

  test('OPTIONS is answered 200 with the origin that asks and any rate [CloudEvents Web Hooks 4.2]', async () => {
    const { url } = await served();
    const answered = await send(url, { method: 'OPTIONS', headers: ['WebHook-Request-Origin', 'sender.example.com'] });
    expect([
      answered.status,
      answered.headers['webhook-allowed-origin'],
      answered.headers['webhook-allowed-rate'],
      answered.headers['allow'],
    ]).toEqual([200, 'sender.example.com', '*', 'POST, OPTIONS']);
  });

  test('OPTIONS that names no origin is answered for any', async () => {
    const { url } = await served();
    expect((await send(url, { method: 'OPTIONS' })).headers['webhook-allowed-origin']).toBe('*');
  });
});

test.each([
  ['/default/orders/', 202],
  ['/default/orders?x=/y/z', 202],
  ['/', 404],
  ['/default', 400],
  ['/default/orders/x', 400],
  ['/default/nobody', 404],
  ['/default/late', 503],
])('POST %s is answered %i, with Allow [knative 2.1]', async (path, status) => {
  const { url } = await served();
  const answered = await send(url, { path, headers: EVENT, body: 'x' });
  expect([answered.status, answered.headers['allow']]).toEqual([status, 'POST, OPTIONS']);
});

test('a broker that is not ready says why and when to come again', async () => {
  const { url } = await served();
  const answered = await send(url, { path: '/default/late', headers: EVENT, body: 'x' });
  expect(refusal(answered)).toEqual({
    status: 503,
    code: 'broker-not-ready',
    message: 'broker default/late: is being opened',
  });
  expect(answered.headers['retry-after']).toBe('1');
});
