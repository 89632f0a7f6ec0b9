import { expect, onTestFinished, test } from 'vitest';
import type { Channel, ChannelDriver, Delivery } from '../../channels/channel.ts';
import { MemoryDriver } from '../../channels/memory/driver.ts';
import type { Entry } from '../../events/entry.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { systemClock } from '../../events/clock.ts';
import { ProcessMetrics } from '../../broker/metrics.ts';
import { Reconfigure } from '../../broker/reconfigure.ts';
import { Released } from '../../broker/released.ts';
import { Routes } from '../../broker/routes.ts';
import { RunningSources } from '../../broker/running-sources.ts';
import type { BrokerPlan, Plan, TriggerPlan } from '../../resources/plan.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { Lines, ownFolder } from '../support/serving.ts';

const HOUR_MS = 3_600_000;
const URL = 'http://subscriber.example';

function broker(name = 'default', kind = 'memory'): BrokerPlan {
  return { namespace: 'default', name, uid: `uid-${name}`, channel: { kind, config: {} } };
}

function trigger(name: string, changes: Partial<TriggerPlan> = {}): TriggerPlan {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    generation: 1,
    broker: 'default',
    filter: {},
    subscriber: { url: URL, broker: false },
    order: 'none',
    start: 'latest',
    ...changes,
  };
}

function entry(id: string, type = 't'): Entry {
  return {
    event: { attributes: new Map(Object.entries({ specversion: '1.0', id, source: '/s', type })) },
    hops: 32,
    receivedAtMs: 0,
  };
}

function plan(brokers: readonly BrokerPlan[], triggers: readonly TriggerPlan[] = []): Plan {
  return { brokers, triggers, sources: [] };
}

interface Given {
  readonly trigger: string;
  readonly url: string | undefined;
  readonly id: unknown;
}

interface World {
  readonly reconfigure: Reconfigure;
  readonly routes: Routes;
  readonly clock: FakeClock;
  readonly lines: Lines;
  /** What was handed to subscribers, and what is to be answered. */
  readonly given: Given[];
  answer: (delivery: Delivery) => Promise<{ kind: 'done' } | { kind: 'release' }>;
  /** Replaces the driver of kind `memory`. */
  driver: ChannelDriver;
  append(id: string, type?: string): Promise<void>;
}

async function world(options: { readonly data?: string } = {}): Promise<World> {
  const clock = new FakeClock();
  const lines = new Lines();
  const routes = new Routes();
  const metrics = new ProcessMetrics();
  const given: Given[] = [];
  const sources = new RunningSources({
    emitTo: () => () => Promise.resolve(),
    ports: {
      clock,
      metrics,
      random: () => 0,
      log: lines,
      positions: { get: async () => undefined, save: async () => undefined },
      call: () => Promise.reject(new Error('no network here')),
      publicUrl: undefined,
      bodyBytesMax: 1000,
      changed: () => undefined,
    },
  });
  const result: World = {
    routes,
    clock,
    lines,
    given,
    answer: async () => ({ kind: 'done' }),
    driver: new MemoryDriver({ clock: systemClock, log: lines }),
    reconfigure: new Reconfigure({
      drivers: async (kind) => {
        if (kind !== 'memory') throw new RefusedError('resource-unsupported', `channel "${kind}": is not served`);
        return result.driver;
      },
      routes,
      sources,
      triggers: {
        inFlight: 64,
        open: (of) => ({
          handle: (delivery) => {
            given.push({ trigger: of.name, url: of.subscriber?.url, id: delivery.entry.event.attributes.get('id') });
            return result.answer(delivery);
          },
          [Symbol.dispose]: () => undefined,
        }),
      },
      released: await Released.open(options.data),
      releasedMs: 24 * HOUR_MS,
      clock,
      metrics,
      log: lines,
      changed: () => undefined,
    }),
    async append(id, type) {
      await routes.find('/default/default').channel?.append([entry(id, type)]);
      await settle();
      await settle();
    },
  };
  onTestFinished(() => result.reconfigure.close());
  return result;
}

test('a declared broker takes events for its triggers, and says so', async () => {
  const { reconfigure, append, given } = await world();
  await reconfigure.apply(plan([broker()], [trigger('a'), trigger('b')]));
  await append('1');
  expect(given.map((one) => one.trigger).sort()).toEqual(['a', 'b']);
  expect([reconfigure.broker(broker()), reconfigure.trigger(trigger('a')), reconfigure.waiting()]).toEqual([
    { ok: true },
    { ok: true },
    [],
  ]);
});

test('before the first plan it is not ready', async () => {
  const { reconfigure } = await world();
  expect(reconfigure.waiting()).toEqual(['the resources are not read yet']);
});

test('a trigger that is declared later sees what comes later', async () => {
  const { reconfigure, append, given } = await world();
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await append('1');
  await reconfigure.apply(plan([broker()], [trigger('a'), trigger('b')]));
  await append('2');
  expect(given.filter((one) => one.trigger === 'b').map((one) => one.id)).toEqual(['2']);
});

test('a changed subscriber gets what comes next, and what is in flight is not disturbed', async () => {
  const w = await world();
  await w.reconfigure.apply(plan([broker()], [trigger('a')]));
  const gate = Promise.withResolvers<void>();
  const ended: unknown[] = [];
  w.answer = async (delivery) => {
    await gate.promise;
    ended.push(delivery.entry.event.attributes.get('id'));
    return { kind: 'done' };
  };
  await w.append('1');
  await w.reconfigure.apply(
    plan([broker()], [trigger('a', { generation: 2, subscriber: { url: `${URL}/new`, broker: false } })]),
  );
  await w.append('2');
  gate.resolve();
  await settle();
  expect(w.given.map((one) => one.url)).toEqual([URL, `${URL}/new`]);
  expect(ended).toEqual(['1', '2']);
});

test('a changed filter counts for what comes next', async () => {
  const { reconfigure, append, given } = await world();
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await append('1', 'x');
  await reconfigure.apply(
    plan([broker()], [trigger('a', { generation: 2, filter: { filters: [{ exact: { type: 'y' } }] } })]),
  );
  await append('2', 'x');
  await append('3', 'y');
  expect(given.map((one) => one.id)).toEqual(['1', '3']);
});

test('a trigger without a subscriber yet keeps its events, and no attempt is made', async () => {
  const { reconfigure, append, given } = await world();
  const { subscriber: _none, ...unresolved } = trigger('a');
  await reconfigure.apply(plan([broker()], [{ ...unresolved, waiting: 'not resolved' }]));
  await append('1');
  expect(given).toEqual([]);
  await reconfigure.apply(plan([broker()], [trigger('a', { generation: 2 })]));
  await settle();
  expect(given.map((one) => one.id)).toEqual(['1']);
});

test('a removed trigger is released, and goes on where it was when it returns within a day', async () => {
  const { reconfigure, append, given, clock } = await world();
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await reconfigure.apply(plan([broker()]));
  await append('1');
  await clock.advance(23 * HOUR_MS);
  expect(given).toEqual([]);
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await settle();
  expect(given.map((one) => one.id)).toEqual(['1']);
});

test('a trigger that was removed a day ago is forgotten', async () => {
  const { reconfigure, append, given, clock, lines } = await world();
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await reconfigure.apply(plan([broker()]));
  await append('1');
  await clock.advance(24 * HOUR_MS + 2000);
  expect((await lines.first('released.forgotten')).fields['what']).toBe('default/default/a');
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await append('2');
  expect(given.map((one) => one.id)).toEqual(['2']);
});

test('forget drops at once what a removed trigger kept', async () => {
  const { reconfigure, append, given } = await world();
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await reconfigure.apply(plan([broker()]));
  await append('1');
  await reconfigure.forget(broker(), 'a');
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await append('2');
  expect(given.map((one) => one.id)).toEqual(['2']);
});

test('forget of a trigger that is still declared drops its backlog and begins with what comes next', async () => {
  const w = await world();
  const { subscriber: _none, ...unresolved } = trigger('a');
  await w.reconfigure.apply(plan([broker()], [unresolved]));
  await w.append('1');
  await w.reconfigure.forget(broker(), 'a');
  await w.reconfigure.apply(plan([broker()], [trigger('a', { generation: 2 })]));
  await w.append('2');
  expect(w.given.map((one) => one.id)).toEqual(['2']);
});

test('when the store is full, what was removed first is given up first', async () => {
  const { reconfigure, append, given, clock, lines } = await world();
  await reconfigure.apply(plan([broker()], [trigger('first'), trigger('second')]));
  await reconfigure.apply(plan([broker()], [trigger('second')]));
  await clock.advance(1000);
  await reconfigure.apply(plan([broker()]));
  await append('1');
  await reconfigure.full(broker());
  expect((await lines.first('released.given-up')).fields['trigger']).toBe('default/default/first');
  await reconfigure.apply(plan([broker()], [trigger('first'), trigger('second')]));
  await settle();
  expect(given.map((one) => one.trigger)).toEqual(['second']);
});

test('forget of what is not there is refused by name', async () => {
  const { reconfigure } = await world();
  await reconfigure.apply(plan([broker()]));
  await expect(reconfigure.forget(broker(), 'a')).rejects.toMatchObject({ code: 'subscription-unknown' });
});

test('a removed broker is unknown to senders; another one is not disturbed', async () => {
  const { reconfigure, routes } = await world();
  await reconfigure.apply(plan([broker('a'), broker('b')]));
  const kept = routes.find('/default/b').channel;
  await reconfigure.apply(plan([broker('b')]));
  expect(() => routes.find('/default/a')).toThrow(/no such broker/);
  expect(routes.find('/default/b').channel).toBe(kept);
});

test('a broker that was removed a day ago is deleted, also across a restart', async () => {
  const data = await ownFolder();
  const before = await world({ data });
  await before.reconfigure.apply(plan([broker('old')]));
  await before.reconfigure.close();
  const after = await world({ data });
  const removed: string[] = [];
  const { driver } = after;
  after.driver = {
    open: (of, config) => driver.open(of, config),
    remove: async (of) => void removed.push(of.name),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
  await after.reconfigure.apply(plan([broker()]));
  await after.clock.advance(24 * HOUR_MS + 2000);
  await after.lines.first('released.forgotten');
  expect(removed).toEqual(['old']);
});

test('a channel that cannot be opened makes only its broker not ready, with the reason', async () => {
  const { reconfigure, routes } = await world();
  await reconfigure.apply(plan([broker('a', 'kafka'), broker()], [trigger('x')]));
  expect(reconfigure.broker(broker('a'))).toMatchObject({ ok: false, reason: 'ChannelRefused' });
  expect(routes.find('/default/a').channel).toBeUndefined();
  expect(routes.find('/default/default').channel).toBeDefined();
  expect(reconfigure.waiting()).toEqual(['broker default/a: channel "kafka": is not served']);
});

test('a channel that is unavailable is tried again by itself', async () => {
  const w = await world();
  const { driver } = w;
  let tries = 0;
  w.driver = {
    open: async (of, config) => {
      if (++tries < 3) throw new UnavailableError('channel-unavailable', 'not yet');
      return driver.open(of, config);
    },
    remove: (of) => driver.remove(of),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
  await w.reconfigure.apply(plan([broker()]));
  expect(w.reconfigure.waiting()).toEqual(['broker default/default: not yet']);
  await w.clock.advance(1000);
  await w.clock.advance(2000);
  expect([tries, w.reconfigure.waiting()]).toEqual([3, []]);
});

test('an event is not taken before the triggers that are to see it are declared [C15]', async () => {
  const w = await world();
  const gate = Promise.withResolvers<void>();
  const { driver } = w;
  w.driver = {
    open: async (of, config) => {
      const channel = await driver.open(of, config);
      const declare = channel.declare.bind(channel);
      return Object.assign(channel, {
        declare: (of: Parameters<Channel['declare']>[0]) => gate.promise.then(() => declare(of)),
      });
    },
    remove: (of) => driver.remove(of),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
  const applied = w.reconfigure.apply(plan([broker()], [trigger('a')]));
  await settle();
  expect(w.routes.find('/default/default').channel).toBeUndefined();
  gate.resolve();
  await applied;
  expect(w.routes.find('/default/default').channel).toBeDefined();
});

test('a trigger the channel refuses is said to be refused; its neighbour runs', async () => {
  const w = await world();
  const { driver } = w;
  w.driver = {
    open: async (of, config) => {
      const channel = await driver.open(of, config);
      const declare = channel.declare.bind(channel);
      const refusing: Channel['declare'] = (s) =>
        s.name === 'default/a' ? Promise.reject(new RefusedError('order-unsupported', 'no order')) : declare(s);
      return Object.assign(channel, { declare: refusing });
    },
    remove: (of) => driver.remove(of),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
  await w.reconfigure.apply(plan([broker()], [trigger('a'), trigger('b')]));
  await w.append('1');
  expect(w.reconfigure.trigger(trigger('a'))).toEqual({
    ok: false,
    reason: 'SubscriptionRefused',
    message: 'no order',
  });
  expect(w.given.map((one) => one.trigger)).toEqual(['b']);
});
