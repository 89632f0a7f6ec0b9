import { onTestFinished, expect, test } from 'vitest';
import type { Entry } from '../../events/entry.ts';
import type { Progress, Verdict } from '../../events/verdict.ts';
import type { Handle, Subscription } from '../../channels/channel.ts';
import { LogChannel } from '../../channels/log/channel.ts';
import type { Letters, Log, Logs, StoredSubscription } from '../../channels/log/log.ts';
import { SETTINGS, type Budget, type Settings } from '../../channels/log/state.ts';
import { aborted } from '../../events/aborted.ts';
import { FakeDisk } from '../sim/fake-disk.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { keyedEntry } from './keyed-entry.ts';

const FEATURES = {
  durable: true,
  ordered: true,
  competing: false,
  startAt: true,
  atomicAppend: true,
  list: true,
  eventBytesMax: 1000,
};

/** Logs in memory whose answers a test can hold back. */
class HeldLogs implements Logs, Letters {
  readonly disk = new FakeDisk();
  readonly #changed = new Set<() => void>();
  /** Awaited before `recover` answers. */
  recovering: Promise<void> = Promise.resolve();
  /** Each write takes a turn of the event loop. */
  slow = false;

  async append(entries: readonly Entry[]): Promise<void> {
    this.disk.entries.push(...entries);
    this.#tell();
  }

  async declare(subscription: StoredSubscription): Promise<void> {
    this.disk.declare(subscription);
    this.#tell();
  }

  async undeclare(name: string): Promise<void> {
    this.disk.subs.delete(name);
    this.#tell();
  }

  async *subscriptions(signal: AbortSignal): AsyncGenerator<readonly StoredSubscription[]> {
    while (!signal.aborted) {
      yield [...this.disk.subs.values()].map(({ stored }) => stored);
      await this.#change(signal);
    }
  }

  async own(run: (log: Log, lost: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { disk } = this;
    const log: Log = {
      recover: async (names) => {
        await this.recovering;
        return disk.recover(names);
      },
      read: async (from, max, lost) => {
        while (!lost.aborted) {
          const slice = disk.read(from, max);
          if (slice) return slice;
          await this.#change(lost);
        }
        return { first: from, entries: [], end: disk.end };
      },
      rows: async (query, limit) => disk.rows(query, limit),
      write: async (changes) => {
        if (this.slow) await settle();
        disk.write(changes);
      },
      expired: async () => 0,
    };
    await run(log, signal);
    await aborted(signal);
  }

  async letters(): Promise<readonly never[]> {
    return [];
  }

  async lettersOf(): Promise<readonly never[]> {
    return [];
  }

  async usedBytes(): Promise<number> {
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #tell(): void {
    for (const resolve of this.#changed) resolve();
    this.#changed.clear();
  }

  #change(signal: AbortSignal): Promise<void> {
    return Promise.race([aborted(signal), new Promise<void>((resolve) => this.#changed.add(resolve))]);
  }
}

function opened(
  logs: HeldLogs,
  settings: Partial<Settings> = {},
  budget: Budget = { used: 0, max: 1e9 },
): { channel: LogChannel; clock: FakeClock; failures: unknown[] } {
  const clock = new FakeClock();
  const failures: unknown[] = [];
  const channel = new LogChannel(logs, FEATURES, {
    clock,
    settings: { ...SETTINGS, ...settings },
    budget,
    unrouted: { add: () => {} },
    lost: { add: () => {} },
    fatal: (error) => void failures.push(error),
    threw: (_name, error) => void failures.push(error),
  });
  onTestFinished(() => channel[Symbol.asyncDispose]());
  return { channel, clock, failures };
}

function subscription(parts: Partial<Subscription> = {}): Subscription {
  return {
    name: 'one',
    generation: 1,
    wants: 'everything',
    matches: () => true,
    filter: '',
    start: 'latest',
    order: 'none',
    inFlight: 4,
    ...parts,
  };
}

const ids =
  (handled: string[], answer: (id: string) => Promise<Verdict>): Handle =>
  ({ entry: { event } }) => {
    const id = String(event.attributes.get('id'));
    handled.push(id);
    return answer(id);
  };

const done = async (): Promise<Verdict> => ({ kind: 'done' });
const never = new AbortController().signal;
const UNTRIED: Progress = { stage: 'subscriber', attempts: 0, history: [] };

test('what is declared and consumed while the partition still recovers is delivered once it has', async () => {
  const logs = new HeldLogs();
  let recovered = (): void => {};
  logs.recovering = new Promise((resolve) => (recovered = resolve));
  const { channel, clock } = opened(logs);
  await channel.declare(subscription());
  const handled: string[] = [];
  void channel.consume('one', ids(handled, done), never);
  await channel.append([keyedEntry('1')]);
  await settle();
  expect(handled).toEqual([]);
  recovered();
  await clock.advance(1);
  expect(handled).toEqual(['1']);
});

test('a subscription declared somewhere else is evaluated only once its predicate is here', async () => {
  const logs = new HeldLogs();
  const { channel, clock } = opened(logs);
  const { matches: _matches, inFlight: _inFlight, ...stored } = subscription();
  await logs.declare(stored);
  await channel.append([keyedEntry('1')]);
  await clock.advance(10_000);
  expect(logs.disk.positionOf('one')).toBe(0);
  await channel.declare(subscription());
  const handled: string[] = [];
  void channel.consume('one', ids(handled, done), never);
  await clock.advance(1);
  expect(handled).toEqual(['1']);
});

test('appends wait for a live subscription whose queue is half full, but not longer than until it counts as behind', async () => {
  const logs = new HeldLogs();
  const { channel, clock } = opened(logs, { queueEntries: 4 });
  await channel.declare(subscription({ inFlight: 1 }));
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  void channel.consume('one', () => aborted(stop.signal).then(done), never);
  for (const id of ['1', '2', '3']) await channel.append([keyedEntry(id)]);
  await clock.advance(1);
  let appended = false;
  const append = channel.append([keyedEntry('4')]).then(async () => {
    await channel.append([keyedEntry('5')]);
    appended = true;
  });
  await clock.advance(SETTINGS.crowdedMs - 2);
  expect(appended).toBe(false);
  await clock.advance(2);
  expect(appended).toBe(true);
  await append;
});

test('another order counts once nothing is in flight; what is evaluated then goes one at a time per key', async () => {
  const logs = new HeldLogs();
  const { channel, clock } = opened(logs);
  await channel.declare(subscription());
  const handled: string[] = [];
  const answers: ((verdict: Verdict) => void)[] = [];
  void channel.consume(
    'one',
    ids(handled, () => new Promise((resolve) => answers.push(resolve))),
    never,
  );
  await channel.append([keyedEntry('1'), keyedEntry('2')]);
  await clock.advance(1);
  expect(handled).toEqual(['1', '2']);
  await channel.declare(subscription({ generation: 2, order: { by: 'partitionkey' } }));
  await channel.append([keyedEntry('3'), keyedEntry('4')]);
  await clock.advance(1);
  expect(handled).toEqual(['1', '2']);
  for (const answer of answers.splice(0)) answer({ kind: 'done' });
  await clock.advance(500);
  expect(handled).toEqual(['1', '2', '3']);
  answers[0]?.({ kind: 'done' });
  await clock.advance(500);
  expect(handled).toEqual(['1', '2', '3', '4']);
  answers[1]?.({ kind: 'done' });
});

test('a log that fails for good is fatal', async () => {
  const logs = new HeldLogs();
  logs.recovering = Promise.reject(new Error('the disk is gone'));
  const { failures } = opened(logs);
  await settle();
  await settle();
  expect(failures).toEqual([new Error('the disk is gone')]);
});

test('a subscription that nobody consumes gives its queue back to the memory all share, and goes on with it later', async () => {
  const logs = new HeldLogs();
  const budget = { used: 0, max: 1e9 };
  const { channel, clock } = opened(logs, {}, budget);
  await channel.declare(subscription({ inFlight: 1 }));
  const stop = new AbortController();
  const consumed = channel.consume('one', () => aborted(stop.signal).then(() => ({ kind: 'release' })), stop.signal);
  await channel.append(['1', '2', '3'].map(keyedEntry));
  await clock.advance(1);
  expect(budget.used).toBeGreaterThan(0);
  stop.abort();
  await consumed;
  expect(budget.used).toBe(0);
  const handled: string[] = [];
  void channel.consume('one', ids(handled, done), never);
  await clock.advance(1000);
  expect(handled.sort()).toEqual(['1', '2', '3']);
  expect(budget.used).toBe(0);
});

test('consume ends though another subscription never stops writing', async () => {
  const logs = new HeldLogs();
  logs.slow = true;
  const { channel, clock } = opened(logs);
  await channel.declare(subscription());
  await channel.declare(subscription({ name: 'busy', inFlight: 64 }));
  const stop = new AbortController();
  const consumed = channel.consume('one', done, stop.signal);
  let on = true;
  onTestFinished(() => void (on = false));
  // Each write finds the next wait: there is always one under way.
  void channel.consume(
    'busy',
    async ({ progress }) => {
      const wait: Verdict = { kind: 'wait', delayMs: 0, progress: progress ?? UNTRIED };
      return on ? wait : { kind: 'done' };
    },
    never,
  );
  await channel.append(Array.from({ length: 200 }, (_, i) => keyedEntry(String(i))));
  await clock.advance(1);
  let ended = false;
  stop.abort();
  void consumed.then(() => (ended = true));
  for (let turn = 0; turn < 100; turn += 1) await settle();
  expect(ended).toBe(true);
});
