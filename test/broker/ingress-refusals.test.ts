import { describe, expect, test } from 'vitest';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { BATCH, EVENT, STRUCTURED, json, refusal, served } from '../support/ingress.ts';
import { send } from '../support/raw-http.ts';

describe('what is wrong with an event is answered 400 with a code of the list and the attribute', () => {
  test.each<[string, readonly string[], Record<string, unknown>]>([
    ['no event at all', ['Content-Type', 'application/json'], { status: 400, code: 'not-an-event' }],
    [
      'no id',
      ['ce-specversion', '1.0', 'ce-source', '/s', 'ce-type', 't'],
      { status: 400, code: 'attribute-missing', attribute: 'id' },
    ],
    [
      'an empty type',
      ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', ''],
      { status: 400, attribute: 'type' },
    ],
    ['the same header twice', [...EVENT, 'ce-id', '2'], { status: 400, code: 'attribute-duplicate', attribute: 'id' }],
    [
      'specversion 0.3',
      ['ce-specversion', '0.3', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't'],
      { status: 400, code: 'specversion-unsupported' },
    ],
    ['structured mode that is no JSON', STRUCTURED, { status: 400, code: 'json-invalid' }],
    [
      'a format that is not served',
      ['Content-Type', 'application/cloudevents+avro'],
      { status: 415, code: 'content-type-unsupported' },
    ],
    ['a compressed body', [...EVENT, 'Content-Encoding', 'gzip'], { status: 415, code: 'content-type-unsupported' }],
    [
      'exhausted hops',
      [...EVENT, 'ce-knativebrokerttl', '1'],
      { status: 400, code: 'hops-exhausted', attribute: 'knativebrokerttl' },
    ],
  ])('%s', async (_name, headers, expected) => {
    const { url, stored } = await served();
    const answered = await send(url, { headers, body: '{' });
    expect(refusal(answered)).toMatchObject(expected);
    expect(stored).toEqual([]);
  });
});

describe('batch', () => {
  test('is stored whole, in order', async () => {
    const { url, stored } = await served();
    expect((await send(url, { headers: BATCH, body: JSON.stringify([json('a'), json('b')]) })).status).toBe(202);
    expect(stored.map(({ event }) => event.attributes.get('id'))).toEqual(['a', 'b']);
  });

  test('one bad event refuses all of it', async () => {
    const { url, stored } = await served();
    const answered = await send(url, { headers: BATCH, body: JSON.stringify([json('a'), { ...json('b'), type: '' }]) });
    expect([answered.status, stored.length]).toEqual([400, 0]);
  });

  test('an empty one is accepted and stores nothing', async () => {
    const { url, stored } = await served();
    expect((await send(url, { headers: BATCH, body: '[]' })).status).toBe(202);
    expect(stored).toEqual([]);
  });

  test('of more than 1,000 events is answered 413 with the limit', async () => {
    const { url } = await served();
    const answered = await send(url, {
      headers: BATCH,
      body: JSON.stringify(Array.from({ length: 1001 }, (_, i) => json(String(i)))),
    });
    expect(refusal(answered)).toMatchObject({
      status: 413,
      code: 'batch-too-large',
      message: expect.stringContaining('limit of 1000'),
    });
  });
});

test.each([
  [new UnavailableError('channel-full', 'full', { retryAfterMs: 2500 }), 503, '3'],
  [new UnavailableError('channel-unavailable', 'gone'), 503, '1'],
  [new RefusedError('event-too-large', 'too large'), 413, undefined],
])('what the channel rejects with (%s) is the answer', async (rejection, status, retryAfter) => {
  const { url } = await served({ append: () => Promise.reject(rejection) });
  const answered = await send(url, { headers: EVENT, body: 'x' });
  expect([answered.status, JSON.parse(answered.text).code, answered.headers['retry-after']]).toEqual([
    status,
    rejection.code,
    retryAfter,
  ]);
});

test('a broker whose store is full is told, so that room can be made', async () => {
  const { url, full } = await served({ append: () => Promise.reject(new UnavailableError('channel-full', 'full')) });
  await send(url, { headers: EVENT, body: 'x' });
  expect(full).toEqual(['orders']);
});

test('a bug is answered 500 and says nothing of itself', async () => {
  const { url } = await served({ append: () => Promise.reject(new TypeError('secret of the house')) });
  const answered = await send(url, { headers: EVENT, body: 'x' });
  expect(refusal(answered)).toEqual({ status: 500, code: 'internal', message: 'a bug in Weir; its log says more' });
});

test('a process that shuts down takes nothing new and closes the connection', async () => {
  const server = await served();
  server.draining = true;
  const answered = await send(server.url, { headers: EVENT, body: 'x' });
  expect(refusal(answered)).toMatchObject({ status: 503, code: 'shutting-down' });
});

test('hops are counted in the entry and taken from the event, like the arrival time', async () => {
  const { url, stored } = await served();
  await send(url, {
    headers: [...EVENT, 'ce-knativebrokerttl', '5', 'ce-knativearrivaltime', '2020-01-01T00:00:00Z'],
    body: 'x',
  });
  expect(stored[0]?.hops).toBe(4);
  expect([...(stored[0]?.event.attributes.keys() ?? [])]).toEqual(['specversion', 'id', 'source', 'type']);
});

test('traceparent is kept beside the event, and not when it is malformed [W3C Trace Context]', async () => {
  const { url, stored } = await served();
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await send(url, { headers: [...EVENT, 'Traceparent', trace], body: 'x' });
  await send(url, { headers: [...EVENT, 'traceparent', 'zz'], body: 'x' });
  expect(stored.map((entry) => entry.trace)).toEqual([trace, undefined]);
});

test('refusals are counted by code, what is accepted by broker', async () => {
  const { url, metrics } = await served();
  await send(url, { headers: BATCH, body: JSON.stringify([json('a'), json('b')]) });
  await send(url, { headers: [], body: 'x' });
  const { text } = await metrics.scrape();
  expect(text).toContain('weir_events_received_total{broker="orders"} 2');
  expect(text).toContain('weir_events_refused_total{reason="not-an-event"} 1');
});
