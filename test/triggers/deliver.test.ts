import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { effectivePolicy } from '../../triggers/policy.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { serve, until, type Received } from './http/server.ts';
import { entry, event, world } from './world.ts';

const REPLY = { 'ce-specversion': '1.0', 'ce-id': 'r', 'ce-source': '/answers', 'ce-type': 'order.answered' };

describe('a delivery to the subscriber', () => {
  test('is a POST of the event, asking for a reply [D4, D11]', async () => {
    const seen: Received[] = [];
    const { url } = await serve((request, answer) => {
      seen.push(request);
      answer.end();
    });
    const { handle, metrics, lines } = world({ url: `${url}/hook?x=1` });
    expect(await handle()).toEqual({ kind: 'done' });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/hook?x=1',
        headers: {
          prefer: 'reply',
          'kn-namespace': 'default',
          'ce-id': '7',
          'ce-type': 'order.paid',
          'content-type': 'application/json',
          'ce-knativearrivaltime': '2026-05-01T10:00:00.120Z',
        },
      },
    ]);
    expect(seen[0]?.body.toString()).toBe('{"a": 1.0}');
    expect(metrics.of('weir_delivered_total')).toBe(1);
    expect(metrics.of('weir_attempt_duration_seconds_count')).toBe(1);
    expect(lines).toEqual([]);
  });

  test('is structured where the policy says json', async () => {
    const seen: Received[] = [];
    const { url } = await serve((request, answer) => {
      seen.push(request);
      answer.end();
    });
    await world({ url, policy: effectivePolicy({ format: 'json' }) }).handle();
    expect(seen[0]?.headers['content-type']).toBe('application/cloudevents+json');
    expect(JSON.parse(seen[0]?.body.toString() ?? '')).toMatchObject({ id: '7', data: { a: 1 } });
  });

  test.each([
    [[200, 201, 202, 204, 299], 'done'],
    [[404, 408, 409, 425, 429, 500, 501, 502, 503, 504, 599], 'wait'],
    [[300, 301, 302, 304, 307, 308, 400, 401, 403, 405, 406, 410, 413, 415, 418, 422, 499], 'dead-letter'],
  ] as const)('answered with one of %j is %s [data-plane status codes]', async (statuses, kind) => {
    let next = 0;
    const { url } = await serve((_, answer) => answer.writeHead(next, { location: '/never' }).end());
    const { handle } = world({ url });
    const kinds: string[] = [];
    for (const status of statuses) {
      next = status;
      kinds.push((await handle()).kind);
    }
    expect(kinds).toEqual(statuses.map(() => kind));
  });

  test('whose connection is refused counts as an attempt', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const { handle } = world({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/` });
    expect(await handle()).toMatchObject({
      kind: 'wait',
      delayMs: 200,
      progress: { attempts: 1, history: [{ error: 'ECONNREFUSED' }] },
    });
  });

  test('that is not answered in time is tried again', async () => {
    const clock = new FakeClock();
    let asked = false;
    const { url } = await serve(() => (asked = true));
    const { handle } = world({ url, clock, policy: effectivePolicy({ retry: 1, timeout: 'PT5S' }) });
    const verdict = handle();
    await until(() => asked);
    await clock.advance(5000);
    expect(await verdict).toMatchObject({
      kind: 'wait',
      progress: { history: [{ error: 'timeout', tookMs: 5000, atMs: clock.now() }] },
    });
  });

  test('answered with Retry-After waits as long [RFC 9110, 10.2.3]', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(429, { 'Retry-After': '90' }).end());
    expect(await world({ url }).handle()).toMatchObject({ kind: 'wait', delayMs: 90_000 });
  });

  test('continues from its progress until retries are exhausted', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(500).end('no'));
    const { handle } = world({ url });
    const kinds: string[] = [];
    let progress;
    do {
      const verdict = await handle(entry(), progress);
      kinds.push(verdict.kind === 'wait' ? `wait ${verdict.delayMs}` : verdict.kind);
      progress = verdict.kind === 'wait' ? verdict.progress : undefined;
    } while (progress);
    expect(kinds).toEqual(['wait 200', 'wait 400', 'wait 800', 'dead-letter']);
  });
});

describe('an answer', () => {
  test('with an event is a reply, stored before the delivery is done, with one hop less', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(200, REPLY).end('data'));
    let stored = false;
    const { handle, replies, metrics } = world({ url, store: async () => void (stored = await Promise.resolve(true)) });
    expect(await handle(entry(event(), { hops: 5 }))).toEqual({ kind: 'done' });
    expect(stored).toBe(true);
    expect(
      replies.map(({ event, hops }) => [event.attributes.get('id'), Buffer.from(event.data ?? []).toString(), hops]),
    ).toEqual([['r', 'data', 4]]);
    expect(metrics.of('weir_replies_total', 'event')).toBe(1);
  });

  test('with a structured event is a reply', async () => {
    const reply = { specversion: '1.0', id: 'r', source: '/a', type: 't', data: [1] };
    const { url } = await serve((_, answer) =>
      answer.writeHead(200, { 'content-type': 'application/cloudevents+json' }).end(JSON.stringify(reply)),
    );
    const { handle, replies } = world({ url });
    expect((await handle()).kind).toBe('done');
    expect(replies.map(({ event }) => event.attributes.get('id'))).toEqual(['r']);
  });

  test('of 202 with an event in its body is not a reply [data-plane 202, D12]', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(202, REPLY).end('data'));
    const { handle, replies, metrics } = world({ url });
    expect((await handle()).kind).toBe('done');
    expect(replies).toEqual([]);
    expect(metrics.of('weir_replies_total', 'event-in-202')).toBe(1);
  });

  test('with a body that is no event is a success', async () => {
    const { url } = await serve((_, answer) =>
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'),
    );
    const { handle, replies, metrics } = world({ url });
    expect((await handle()).kind).toBe('done');
    expect(replies).toEqual([]);
    expect(metrics.of('weir_replies_total', 'not-an-event')).toBe(1);
  });

  test.each([
    ['that lacks an attribute', { 'ce-specversion': '1.0', 'ce-id': 'r' }, 'x', 'reply: attribute-missing'],
    ['that is no JSON', { 'content-type': 'application/cloudevents+json' }, '{', 'reply: json-invalid'],
    ['larger than the limit', REPLY, 'x'.repeat(100_001), 'reply: event-too-large'],
    ['that is a batch', { 'content-type': 'application/cloudevents-batch+json' }, '[]', 'reply: batch'],
  ])('with an event %s is a failed attempt', async (...[, headers, body, error]) => {
    const { url } = await serve((_, answer) => answer.writeHead(200, headers).end(body));
    const { handle, replies } = world({ url });
    expect(await handle()).toMatchObject({ kind: 'wait', progress: { attempts: 1, history: [{ error }] } });
    expect(replies).toEqual([]);
  });

  test.each([new UnavailableError('channel-full', 'full'), new RefusedError('event-too-large', 'large')])(
    'with a reply that cannot be stored (%s) is a failed attempt',
    async (failure) => {
      const { url } = await serve((_, answer) => answer.writeHead(200, REPLY).end());
      const { handle } = world({ url, store: () => Promise.reject(failure) });
      expect(await handle()).toMatchObject({
        kind: 'wait',
        progress: { history: [{ error: `reply: ${failure.code}` }] },
      });
    },
  );

  test('with a reply that cannot be stored as the process stops: released, nothing counted', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(200, REPLY).end());
    const { handle, lines } = world({
      url,
      store: () => Promise.reject(new UnavailableError('shutting-down', 'stopping')),
    });
    expect(await handle()).toEqual({ kind: 'release' });
    expect(lines).toEqual([]);
  });
});

describe('a reply whose hops are exhausted', () => {
  test('rests in the dead-letter store of the trigger that it replies for; the event itself is delivered', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(200, REPLY).end('data'));
    const { handle, metrics, lines, replies } = world({ url, deadLetterSink: { url, broker: false } });
    expect(await handle(entry(event(), { hops: 1 }))).toMatchObject({
      kind: 'dead-letter',
      progress: { attempts: 0, reason: 'hops-exhausted' },
      entry: { hops: 0, event: { data: Buffer.from('data') } },
    });
    expect(replies).toEqual([]);
    expect(metrics.of('weir_dead_lettered_total', 'store')).toBe(1);
    expect(lines).toMatchObject([
      { name: 'delivery.dead-lettered', fields: { id: 'r', reason: 'hops-exhausted', to: 'store' } },
    ]);
  });
});

describe('a failed attempt', () => {
  test('is one line that says who, what and what next, and no data', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(503).end('password=1'));
    const { handle, lines } = world({ url: url.replace('http://', 'http://user:secret@') });
    await handle();
    expect(lines).toMatchObject([
      {
        level: 'warn',
        name: 'delivery.failed',
        fields: {
          trigger: 'default/orders',
          broker: 'events',
          id: '7',
          source: '/shop',
          stage: 'subscriber',
          attempt: 1,
          status: 503,
          verdict: 'wait',
          delayMs: 200,
        },
      },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/secret|password|"a"/);
  });

  test('that is the last is one line that says where the event went', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(422).end());
    const { handle, lines, metrics } = world({ url });
    await handle();
    expect(lines).toMatchObject([
      {
        name: 'delivery.dead-lettered',
        fields: { status: 422, verdict: 'dead-letter', to: 'store', reason: 'rejected: 422' },
      },
    ]);
    expect(metrics.of('weir_attempts_total', 'rejected')).toBe(1);
    expect(metrics.of('weir_dead_lettered_total', 'store')).toBe(1);
  });
});

describe('when the client is disposed', () => {
  test('what is in flight is released, and no attempt counted', async () => {
    let asked = false;
    const { url } = await serve(() => (asked = true));
    const { handle, http, lines, metrics } = world({ url });
    const verdict = handle();
    await until(() => asked);
    await http[Symbol.asyncDispose]();
    expect(await verdict).toEqual({ kind: 'release' });
    expect(lines).toEqual([]);
    expect(metrics.of('weir_attempt_duration_seconds_count')).toBe(0);
  });
});
