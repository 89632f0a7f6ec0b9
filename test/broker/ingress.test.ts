import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import type { Entry } from '../../events/entry.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { Ingress, ALLOW } from '../../broker/ingress.ts';
import { DEFAULT_LIMITS, type Limits } from '../../broker/limits.ts';
import { httpServer, listen } from '../../broker/listener.ts';
import { ProcessMetrics } from '../../broker/metrics.ts';
import { Routes } from '../../broker/routes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { send, sendBytes, type Answered } from '../support/raw-http.ts';
import { Lines } from '../support/serving.ts';

const EVENT = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't'];
const BATCH = ['Content-Type', 'application/cloudevents-batch+json'];
const STRUCTURED = ['Content-Type', 'application/cloudevents+json'];
const json = (id: string): Record<string, string> => ({ specversion: '1.0', id, source: '/s', type: 't' });

interface Served {
  readonly url: string;
  readonly stored: Entry[];
  readonly metrics: ProcessMetrics;
  readonly routes: Routes;
  draining: boolean;
  readonly full: string[];
}

/** Ingress with one broker, default/orders, whose channel keeps what it is given. */
async function served(
  options: { readonly append?: Channel['append']; readonly limits?: Partial<Limits> } = {},
): Promise<Served> {
  const stored: Entry[] = [];
  const append = options.append ?? (async (entries) => void stored.push(...entries));
  const channel = { append } as Partial<Channel> as Channel;
  const metrics = new ProcessMetrics();
  const routes = new Routes();
  const received = metrics.counter('weir_events_received_total', '', { broker: 'orders' });
  routes.set({ broker: { namespace: 'default', name: 'orders' }, channel, waiting: '', received });
  routes.set({
    broker: { namespace: 'default', name: 'late' },
    channel: undefined,
    waiting: 'broker default/late: is being opened',
    received,
  });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const result = { url: '', stored, metrics, routes, draining: false, full: [] as string[] };
  const ingress = new Ingress({
    routes,
    limits,
    metrics,
    clock: new FakeClock(),
    log: new Lines(),
    draining: () => result.draining,
    full: (broker) => void result.full.push(broker.name),
  });
  const server = httpServer((request, response, expecting) => ingress.handle(request, response, expecting), {
    headerBytes: limits.headerBytes,
    headers: ALLOW,
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  result.url = `${await listen(server, { host: '127.0.0.1', port: 0 }, '--listen')}/default/orders`;
  return result;
}

function refusal(answered: Answered): unknown {
  return { status: answered.status, ...JSON.parse(answered.text) };
}

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

test.each([
  [new UnavailableError('channel-full', 'full', { retryAfterMs: 2500 }), 503, '3'],
  [new UnavailableError('channel-unavailable', 'gone'), 503, '1'],
  [new RefusedError('event-too-large', 'too large'), 413, undefined],
])('what the channel rejects with (%s) is the answer', async (rejection, status, retryAfter) => {
  const { url } = await served({ append: () => Promise.reject(rejection) });
  const answered = await send(url, { headers: EVENT, body: 'x' });
  expect([answered.status, JSON.parse(answered.text).code, answered.headers['retry-after']]).toEqual([
    status,
    error.code,
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
