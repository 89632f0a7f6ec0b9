import { afterEach, describe, expect, test } from 'vitest';
import type { CloudEvent } from '../../events/event.ts';
import type { Entry } from '../../events/entry.ts';
import type { LogFields } from '../../events/log.ts';
import { inspectable } from '../../channels/abilities.ts';
import type { Channel, Subscription } from '../../channels/channel.ts';
import { MemoryDriver } from '../../channels/memory/driver.ts';
import type { MemoryLimits } from '../../channels/memory/memory-channel.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';

const broker = { namespace: 'default', name: 'default' };
const clock = new FakeClock();
const logged: [name: string, fields: LogFields | undefined][] = [];
const log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (name: string, fields?: LogFields) => void logged.push([name, fields]),
};
const opened: MemoryDriver[] = [];
const consumers = new AbortController();

afterEach(async () => {
  logged.length = 0;
  for (const driver of opened.splice(0)) await driver[Symbol.asyncDispose]();
});

function driverOf(limits: Partial<MemoryLimits> = {}): MemoryDriver {
  const driver = new MemoryDriver({ clock, log, limits });
  opened.push(driver);
  return driver;
}

function entry(id: string, dataBytes = 0): Entry {
  const event: CloudEvent = { attributes: new Map([['id', id]]), data: new Uint8Array(dataBytes) };
  return { event, hops: 1, receivedAtMs: clock.now() };
}

function subscription(parts: Partial<Subscription> = {}): Subscription {
  const everything = { wants: 'everything', order: 'none', start: 'latest', matches: () => true } as const;
  return { ...everything, name: 'one', generation: 1, filter: '', inFlight: 10, ...parts };
}

/** What a new subscription from the earliest sees. */
async function retained(channel: Channel): Promise<readonly string[]> {
  const ids: string[] = [];
  await channel.declare(subscription({ name: 'look', start: 'earliest' }));
  const see = async ({ entry }: { readonly entry: Entry }): Promise<{ kind: 'done' }> => {
    ids.push(String(entry.event.attributes.get('id')));
    return { kind: 'done' };
  };
  const ended = channel.consume('look', see, consumers.signal);
  await settle();
  await channel.forget('look');
  ended.catch(() => undefined);
  return ids;
}

async function bytesOf(channel: Channel): Promise<number | undefined> {
  return (await inspectable(channel)?.usage())?.bytes;
}

describe('retention', () => {
  test('keeps the last settled entries, up to its limit', async () => {
    const channel = await driverOf({ retainedMax: 3 }).open(broker);
    for (const id of ['1', '2', '3', '4', '5']) await channel.append([entry(id)]);
    expect(await retained(channel)).toEqual(['3', '4', '5']);
  });

  test('gives way to what is appended', async () => {
    const channel = await driverOf({ bytesMax: 10_000 }).open(broker);
    for (let i = 1; i <= 20; i += 1) await channel.append([entry(String(i), 4000)]);
    expect(await retained(channel)).toEqual(['19', '20']);
  });

  test('does not hold what is pending', async () => {
    const channel = await driverOf({ retainedMax: 1 }).open(broker);
    await channel.declare(subscription());
    for (const id of ['1', '2', '3']) await channel.append([entry(id)]);
    const [state] = (await inspectable(channel)?.subscriptions()) ?? [];
    expect(state).toMatchObject({ name: 'one', backlog: 3, oldestMs: clock.now(), deadLetters: 0, attached: true });
  });
});

describe('bytes', () => {
  test('are counted once for all who need an entry, and given back when nobody does', async () => {
    const channel = await driverOf({ retainedMax: 0 }).open(broker);
    for (const name of ['one', 'two']) await channel.declare(subscription({ name }));
    await channel.append([entry('1', 100_000)]);
    expect(await bytesOf(channel)).toBeLessThan(101_000);
    await channel.forget('one');
    expect(await bytesOf(channel)).toBeGreaterThan(100_000);
    await channel.forget('two');
    expect(await bytesOf(channel)).toBe(0);
  });

  test('of dead letters count too', async () => {
    const channel = await driverOf({ retainedMax: 0, bytesMax: 150_000 }).open(broker);
    await channel.declare(subscription());
    const progress = { stage: 'subscriber', attempts: 1, history: [] } as const;
    const ended = channel.consume('one', async () => ({ kind: 'dead-letter', progress }), consumers.signal);
    await channel.append([entry('1', 100_000)]);
    await settle();
    await expect(channel.append([entry('2', 100_000)])).rejects.toMatchObject({ code: 'channel-full' });
    ended.catch(() => undefined);
  });

  test('of dead letters hold a subscription over their budget', async () => {
    const channel = await driverOf({ deadLetterBytesMax: 10_000 }).open(broker);
    await channel.declare(subscription({ inFlight: 1 }));
    const progress = { stage: 'subscriber', attempts: 1, history: [] } as const;
    const ended = channel.consume('one', async () => ({ kind: 'dead-letter', progress }), consumers.signal);
    for (const id of ['1', '2', '3', '4']) await channel.append([entry(id, 6000)]);
    await settle();
    const [state] = (await inspectable(channel)?.subscriptions()) ?? [];
    expect(state).toMatchObject({ deadLetters: 2, backlog: 2, held: 'dead-letters-full' });
    ended.catch(() => undefined);
  });
});

describe('a start', () => {
  test('with an id that is not retained is refused', async () => {
    const channel = await driverOf().open(broker);
    await channel.append([entry('1')]);
    const declared = channel.declare(subscription({ start: { id: '2' } }));
    await expect(declared).rejects.toMatchObject({ code: 'start-unavailable' });
  });

  test('at a time that is none is refused', async () => {
    const channel = await driverOf().open(broker);
    const declared = channel.declare(subscription({ start: { time: 'yesterday' } }));
    await expect(declared).rejects.toMatchObject({ code: 'start-unavailable' });
  });
});

test('a handler that throws is logged, and asked again a second later', async () => {
  const channel = await driverOf().open(broker);
  await channel.declare(subscription());
  let calls = 0;
  const ended = channel.consume(
    'one',
    () => {
      calls += 1;
      throw new Error('a bug');
    },
    consumers.signal,
  );
  await channel.append([entry('1')]);
  await clock.advance(999);
  expect(calls).toBe(1);
  await clock.advance(1);
  expect(calls).toBe(2);
  expect(logged[0]).toEqual(['handler.threw', { subscription: 'one', error: 'Error: a bug' }]);
  ended.catch(() => undefined);
});

test('a closed driver opens nothing', async () => {
  const driver = driverOf();
  const channel = await driver.open(broker);
  await driver[Symbol.asyncDispose]();
  await expect(channel.append([])).rejects.toMatchObject({ code: 'channel-closed' });
  await expect(driver.open(broker)).rejects.toMatchObject({ code: 'channel-closed' });
});

test('a removed broker starts empty', async () => {
  const driver = driverOf();
  await (await driver.open(broker)).append([entry('1')]);
  await driver.remove(broker);
  await driver.remove(broker);
  expect(await retained(await driver.open(broker))).toEqual([]);
});

test('disposal leaves no timer behind', async () => {
  const before = clock.pending;
  const driver = driverOf();
  const channel = await driver.open(broker);
  await channel.declare(subscription());
  const progress = { stage: 'subscriber', attempts: 1, history: [] } as const;
  const ended = channel.consume('one', async () => ({ kind: 'wait', delayMs: 3_600_000, progress }), consumers.signal);
  await channel.append([entry('1')]);
  await settle();
  expect(clock.pending).toBe(before + 1);
  await driver[Symbol.asyncDispose]();
  await ended;
  expect(clock.pending).toBe(before);
});
