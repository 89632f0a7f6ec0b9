import { expect, test } from 'vitest';
import { UnavailableError } from '../../events/errors.ts';
import { settle } from '../support/fake-clock.ts';
import { broker, plan, trigger, world, type World } from '../support/running-world.ts';
import { ownFolder } from '../support/serving.ts';

const HOUR_MS = 3_600_000;

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

test('a trigger that returned is not forgotten when the day is over', async () => {
  const { reconfigure, clock, lines } = await world();
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await reconfigure.apply(plan([broker()]));
  await reconfigure.apply(plan([broker()], [trigger('a')]));
  await clock.advance(25 * HOUR_MS);
  await reconfigure.apply(plan([broker()], [trigger('a'), trigger('b')]));
  expect(lines.all.map(({ name }) => name)).not.toContain('released.forgotten');
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

/** Holds back whatever the channel is asked to forget; `open` lets it be carried out. */
function slowToForget(w: World): { readonly asked: Promise<void>; readonly open: () => void } {
  const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { driver } = w;
  w.driver = {
    open: async (of, config) => {
      const channel = await driver.open(of, config);
      const forget = channel.forget.bind(channel);
      channel.forget = (name) => {
        asked.resolve();
        return gate.promise.then(() => forget(name));
      };
      return channel;
    },
    remove: (of) => driver.remove(of),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
  return { asked: asked.promise, open: gate.resolve };
}

test.each<[string, (w: World) => Promise<void>]>([
  ['forgotten', (w) => w.reconfigure.forget(broker(), 'a')],
  ['given up', (w) => w.reconfigure.full(broker())],
])('a trigger that is declared again while it is being %s gets what comes after', async (_what, drop) => {
  const w = await world();
  const slow = slowToForget(w);
  await w.reconfigure.apply(plan([broker()], [trigger('a')]));
  await w.reconfigure.apply(plan([broker()]));
  await w.append('1');
  const dropped = drop(w);
  await slow.asked;
  const declared = w.reconfigure.apply(plan([broker()], [trigger('a')]));
  await settle();
  slow.open();
  await Promise.all([dropped, declared]);
  await w.append('2');
  expect(w.given.map((one) => one.id)).toEqual(['2']);
});

test('a declared trigger that is removed while it is being forgotten gets nothing more', async () => {
  const w = await world();
  const slow = slowToForget(w);
  await w.reconfigure.apply(plan([broker()], [trigger('a')]));
  const dropped = w.reconfigure.forget(broker(), 'a');
  await slow.asked;
  const released = w.reconfigure.apply(plan([broker()]));
  await settle();
  slow.open();
  await Promise.all([dropped, released]);
  await w.append('1');
  expect(w.given).toEqual([]);
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

test('a trigger that was removed while no process ran is found, and forgotten a day later', async () => {
  const w = await world();
  const { driver } = w;
  const forgotten: string[] = [];
  w.driver = {
    open: async (of, config) => {
      const channel = await driver.open(of, config);
      const state = { name: 'default/gone', backlog: 3, deadLetters: 0, attached: false };
      return Object.assign(channel, {
        subscriptions: async () => [state],
        forget: async (name: string) => void forgotten.push(name),
      });
    },
    remove: (of) => driver.remove(of),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
  await w.reconfigure.apply(plan([broker()]));
  await w.clock.advance(24 * HOUR_MS + 2000);
  await w.lines.first('released.forgotten');
  expect(forgotten).toEqual(['default/gone']);
});

test('what cannot be forgotten yet is tried again, and stops nobody', async () => {
  const w = await world();
  const { driver } = w;
  let refusals = 2;
  w.driver = {
    open: async (of, config) => {
      const channel = await driver.open(of, config);
      const forget = channel.forget.bind(channel);
      channel.forget = async (name) => {
        if (refusals-- > 0) throw new UnavailableError('channel-full', 'the disk is full');
        await forget(name);
      };
      return channel;
    },
    remove: (of) => driver.remove(of),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
  await w.reconfigure.apply(plan([broker()], [trigger('a')]));
  await w.reconfigure.apply(plan([broker()]));
  await w.clock.advance(24 * HOUR_MS);
  expect((await w.lines.first('released.failed')).fields['what']).toBe('default/default/a');
  await w.clock.advance(60_000);
  expect((await w.lines.first('released.forgotten')).fields['what']).toBe('default/default/a');
});
