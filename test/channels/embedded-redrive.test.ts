import assert from 'node:assert';
import { expect, onTestFinished, test } from 'vitest';
import { deadLetters, inspectable } from '../../channels/abilities.ts';
import { EmbeddedDriver } from '../../channels/embedded/driver.ts';
import type { Log } from '../../events/log.ts';
import type { Metrics } from '../../events/metrics.ts';
import { systemClock } from '../../events/clock.ts';
import { BROKER, entry } from './embedded-entries.ts';
import { temporaryFolder } from './embedded-world.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const uncounted: Metrics = {
  counter: () => ({ add: () => {} }),
  histogram: () => ({ observe: () => {} }),
  gauge: () => {},
};

test('two that redrive the same dead letter at once: one does, the other is told it is gone, and it is counted once', async () => {
  const driver = await EmbeddedDriver.open({
    data: await temporaryFolder(),
    clock: systemClock,
    log: silent,
    metrics: uncounted,
    fatal: (error) => assert.fail(String(error)),
  });
  onTestFinished(() => driver[Symbol.asyncDispose]());
  const channel = await driver.open(BROKER, {});
  const wanted = { wants: 'everything', matches: () => true, filter: '', start: 'latest', order: 'none' } as const;
  await channel.declare({ ...wanted, name: 'one', generation: 1, inFlight: 1 });
  const progress = { stage: 'subscriber', attempts: 1, history: [] } as const;
  const stop = new AbortController();
  const handed = Promise.withResolvers<void>();
  const ended = channel.consume(
    'one',
    async () => {
      handed.resolve();
      return { kind: 'dead-letter', progress };
    },
    stop.signal,
  );
  await channel.append([entry('1')]);
  await handed.promise;
  stop.abort();
  await ended;
  const store = deadLetters(channel);
  const [letter] = (await store?.list('one', { limit: 10 })) ?? [];
  assert(store && letter);
  const both = await Promise.allSettled([store.redrive('one', [letter.id]), store.redrive('one', [letter.id])]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(both[1]).toMatchObject({ reason: { code: 'dead-letter-unknown' } });
  const [state] = (await inspectable(channel)?.subscriptions()) ?? [];
  expect(state).toMatchObject({ deadLetters: 0, backlog: 1 });
});
