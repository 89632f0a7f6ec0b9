import { describe, expect, test } from 'vitest';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { openSource } from '../../sources/open.ts';
import { delivery } from './github/github-delivery.ts';
import { hook } from './open-hook.ts';
import { gate, instance, SourceWorld } from './source-world.ts';

const ISSUE = '{"action":"opened","issue":{"number":7}}';

describe('2xx only when the event is accepted', () => {
  test('the answer waits for the emit', async () => {
    const { world, post } = hook();
    const { passed, open } = gate();
    world.sink = () => passed;
    let answered = false;
    const answer = post(delivery(ISSUE)).then((said) => {
      answered = true;
      return said;
    });
    await world.clock.advance(1000);
    expect(answered).toBe(false);
    open();
    expect((await answer).status).toBe(202);
  });

  test('a sink that is unavailable: 503 with the time it asks for', async () => {
    const { world, source, post } = hook();
    world.sink = () =>
      Promise.reject(new UnavailableError('channel-full', 'the disk is full', { retryAfterMs: 12_300 }));
    expect(await post(delivery(ISSUE))).toMatchObject({
      status: 503,
      headers: { 'retry-after': '13' },
      body: '{"code":"channel-full","message":"the disk is full"}',
    });
    expect(source.status()).toMatchObject({ failures: 1, emitted: 0 });
  });

  test('a sink that is unavailable and does not say for how long: 503 with a time all the same', async () => {
    const { world, post } = hook();
    world.sink = () => Promise.reject(new UnavailableError('broker-not-ready', 'not yet'));
    expect((await post(delivery(ISSUE))).headers['retry-after']).toBe('5');
  });

  test('a sink that finds the event too large: 413; that refuses it otherwise: 400', async () => {
    const { world, post } = hook();
    world.sink = () => Promise.reject(new RefusedError('event-too-large', 'too large'));
    expect((await post(delivery(ISSUE))).status).toBe(413);
    world.sink = () => Promise.reject(new RefusedError('attribute-invalid', 'no'));
    expect((await post(delivery(ISSUE))).status).toBe(400);
  });

  test('a source that is stopped: 503', async () => {
    const { source, post } = hook();
    await source[Symbol.asyncDispose]();
    expect(await post(delivery(ISSUE))).toMatchObject({ status: 503, body: expect.stringContaining('shutting-down') });
  });
});

test('the spec of a source that is called is read when it is opened, not with each request', async () => {
  const [reads, spec] = readsOf({
    provider: 'generic',
    authentication: 'none',
    generic: { type: 'x', source: 'https://x.example', id: '{header:id}' },
    sink: { uri: 'http://sink.example' },
  });
  const { ports } = new SourceWorld();
  await using source = openSource(instance('WebhookSource', spec), ports);
  const opened = reads();
  const request = { method: 'POST', target: '/', rawHeaders: ['id', '1'], body: new Uint8Array(), receivedAtMs: 0 };
  expect(await source.webhook?.(request)).toMatchObject({ status: 202 });
  expect([opened > 0, reads()]).toEqual([true, opened]);
});

/** How often any of its fields was read, and what is to be read. */
function readsOf(spec: object): readonly [() => number, object] {
  let reads = 0;
  const get = (target: object, name: string | symbol): unknown => {
    reads += 1;
    return Reflect.get(target, name);
  };
  return [() => reads, new Proxy(spec, { get })];
}
