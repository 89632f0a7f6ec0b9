import { expect, onTestFinished, test } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { settle } from '../support/fake-clock.ts';
import { URL, broker, plan, trigger, world } from '../support/running-world.ts';

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

test('a trigger that loses its subscriber keeps its events until it has one again', async () => {
  const { reconfigure, append, given } = await world();
  const { subscriber: _none, ...unresolved } = trigger('a', { generation: 2 });
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await reconfigure.apply(plan([broker()], [unresolved]));
  await append('1');
  expect(given).toEqual([]);
  await reconfigure.apply(plan([broker()], [trigger('a', { generation: 3 })]));
  await settle();
  expect(given.map((one) => one.id)).toEqual(['1']);
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

test('a removed broker is unknown to senders; another one is not disturbed', async () => {
  const { reconfigure, routes } = await world();
  await reconfigure.apply(plan([broker('a'), broker('b')]));
  const kept = routes.find('/default/b').channel;
  await reconfigure.apply(plan([broker('b')]));
  expect(() => routes.find('/default/a')).toThrow(/no such broker/);
  expect(routes.find('/default/b').channel).toBe(kept);
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

test('a broker that is removed while its subscriber takes long holds up nothing else, and may return', async () => {
  const w = await world();
  const gate = Promise.withResolvers<void>();
  onTestFinished(() => gate.resolve());
  w.answer = () => gate.promise.then(() => ({ kind: 'done' }));
  await w.reconfigure.apply(plan([broker(), broker('other')], [trigger('a')]));
  await w.append('1');
  let applied = false;
  void w.reconfigure.apply(plan([broker('other')], [trigger('b', { broker: 'other' })])).then(() => (applied = true));
  for (let turn = 0; turn < 20; turn += 1) await settle();
  expect([applied, w.reconfigure.trigger(trigger('b'))]).toEqual([true, { ok: true }]);
  const back = w.reconfigure.apply(plan([broker(), broker('other')], [trigger('a')]));
  gate.resolve();
  await back;
  expect(w.reconfigure.broker(broker())).toEqual({ ok: true });
});
