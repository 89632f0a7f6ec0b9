import assert from 'node:assert';
import type { Clock } from '../../events/clock.ts';
import type { Entry } from '../../events/entry.ts';
import type { Counter } from '../../events/metrics.ts';
import type { Verdict } from '../../events/verdict.ts';
import type { Delivery, Subscription } from '../channel.ts';
import { quiet, sameOrder } from './declare.ts';
import type { Log, Position, StoredLetter, StoredSubscription } from './log.ts';
import { redriveOf } from './redrive.ts';
import { open, type Budget, type Item, type Settings, type State, type Sub } from './state.ts';
import { step, wakeAtMs } from './step.ts';
import type { Effect, Input } from './turn.ts';

/** What a partition is given. */
export interface PartitionPorts {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly budget: Budget;
  readonly unrouted: Counter;
  readonly lost: Counter;
  /** Hands a delivery to a consumer of the subscription; `done` is called once, later. */
  deliver(name: string, delivery: Delivery, done: (verdict: Verdict) => void): void;
  /** Called after each step: something may have room again. */
  stepped(): void;
}

/** Carries the engine's effects out on one owned log. */
export class Partition {
  readonly #log: Log;
  readonly #ports: PartitionPorts;
  readonly #lost: AbortSignal;
  /** As `lost.aborted`, which costs more to ask. */
  #over: boolean;
  readonly #idle: (() => void)[] = [];
  /** Those that wait to take another order. */
  readonly #later = new Map<string, { readonly subscription: Subscription; consumers: number }>();
  readonly #unlearned = new Map<string, StoredSubscription>();
  #learning: Promise<void> | undefined;
  #cancel: (() => void) | undefined;
  #armedMs = Infinity;
  #fail: (error: unknown) => void = () => {};
  readonly failed: Promise<never>;
  readonly state: State;

  private constructor(
    log: Log,
    options: { readonly ports: PartitionPorts; readonly lost: AbortSignal; readonly state: State },
  ) {
    this.#log = log;
    this.#ports = options.ports;
    this.#lost = options.lost;
    this.#over = options.lost.aborted;
    options.lost.addEventListener('abort', () => (this.#over = true), { once: true });
    this.state = options.state;
    this.failed = new Promise((_resolve, reject) => (this.#fail = reject));
    // Whoever runs the partition awaits it; until then its failure has an owner here.
    this.failed.catch(() => {});
  }

  /** Finds where the partition stands; nothing is read or delivered before subscriptions are learned and consumed. */
  static async recover(
    log: Log,
    options: { readonly ports: PartitionPorts; readonly lost: AbortSignal },
  ): Promise<Partition> {
    const { settings, budget, clock } = options.ports;
    const state = open(await log.recover([]), { settings, budget, nowMs: clock.now() });
    return new Partition(log, { ...options, state });
  }

  /** Resolves when the partition knows these subscriptions. What is asked for meanwhile is found together. */
  learn(stored: Iterable<StoredSubscription>): Promise<void> {
    for (const each of stored) if (!this.state.subs.has(each.name)) this.#unlearned.set(each.name, each);
    if (this.#unlearned.size > 0) this.#learning ??= this.#learn();
    return this.#learning ?? Promise.resolve();
  }

  async #learn(): Promise<void> {
    while (this.#unlearned.size > 0) {
      const batch = new Map(this.#unlearned);
      this.#unlearned.clear();
      const { subscriptions } = await this.#log.recover([...batch.keys()]);
      for (const recovered of subscriptions) {
        const stored = batch.get(recovered.name);
        if (stored) this.input({ kind: 'learned', stored, recovered });
      }
    }
    this.#learning = undefined;
  }

  /** Forgets every subscription but these. */
  async keepOnly(names: ReadonlySet<string>): Promise<void> {
    for (const name of this.state.subs.keys()) if (!names.has(name)) await this.forget(name);
  }

  /** Gives it the predicate and its consumers; another order as soon as nothing of it is in flight. */
  attach(subscription: Subscription, consumers: number): void {
    const sub = this.state.subs.get(subscription.name);
    if (sub && !sameOrder(sub, subscription) && !quiet(this.state, sub.name)) {
      this.#later.set(sub.name, { subscription, consumers });
      return this.input({ kind: 'consumers', name: sub.name, count: 0 });
    }
    this.input({ kind: 'attached', subscription });
    return this.consumers(subscription.name, consumers);
  }

  consumers(name: string, count: number): void {
    const later = this.#later.get(name);
    if (later) later.consumers = count;
    this.input({ kind: 'consumers', name, count: later ? 0 : count });
  }

  #attachLater(): void {
    for (const [name, { subscription, consumers }] of this.#later) {
      if (!quiet(this.state, name)) continue;
      this.#later.delete(name);
      this.attach(subscription, consumers);
    }
  }

  async forget(name: string): Promise<void> {
    this.input({ kind: 'forgotten', name });
    await this.#log.write([{ kind: 'remove', subscription: name }]);
  }

  /** Dead letters become rows on copies of their entries, in one write. */
  async redrive(name: string, letters: readonly StoredLetter[]): Promise<void> {
    const sub = this.state.subs.get(name);
    assert(sub, `redrive for ${name}, which this partition does not know`);
    const { rows, changes } = redriveOf(sub, letters);
    await this.#log.write(changes);
    this.input({ kind: 'redriven', name, rows });
  }

  async discard(
    name: string,
    ids: readonly string[],
    gone: { readonly count: number; readonly bytes: number },
  ): Promise<void> {
    await this.#log.write([{ kind: 'discard', subscription: name, ids }]);
    this.input({ kind: 'discarded', name, ...gone });
  }

  /** When the oldest unsettled entry of a subscription came, as far as the log still knows; `seen` saves asking twice. */
  async receivedAtMs(
    name: string,
    oldest: Position | undefined,
    seen: Map<Position, number | undefined>,
  ): Promise<number | undefined> {
    const [row] =
      (this.state.subs.get(name)?.rows ?? 0) > 0
        ? await this.#log.rows({ by: 'position', subscription: name, from: 0 }, 1)
        : [];
    if (row?.entry) return row.entry.receivedAtMs;
    const position = Math.min(row?.position ?? Infinity, oldest ?? Infinity);
    if (position >= this.state.end) return undefined;
    if (!seen.has(position)) seen.set(position, (await this.#fetch(name, { position, kept: false }))?.receivedAtMs);
    return seen.get(position);
  }

  /** Resolves when all that is settled by now is written, whatever comes in meanwhile: with the write after the one under way. */
  async settle(): Promise<void> {
    const last = this.state.writing ? 2 : 1;
    this.input({ kind: 'flush' });
    for (let i = 0; i < last && !this.#over && (this.state.writing || this.state.urgent); i += 1)
      await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Stops the timer; what still comes back is ignored. */
  stop(): void {
    this.#cancel?.();
    this.#wakeIdle();
  }

  input(input: Input): void {
    if (this.#over) return;
    for (const effect of step(this.state, input, this.#ports.clock.now())) this.#carryOut(effect);
    this.#arm();
    this.#ports.stepped();
    if (this.#later.size > 0) this.#attachLater();
  }

  #arm(): void {
    const atMs = wakeAtMs(this.state);
    if (atMs >= this.#armedMs) return;
    this.#cancel?.();
    this.#armedMs = atMs;
    this.#cancel = this.#ports.clock.after(atMs - this.#ports.clock.now(), () => {
      this.#armedMs = Infinity;
      this.input({ kind: 'tick' });
    });
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'deliver':
        return this.#deliver(effect.sub, effect.item);
      case 'read':
        return this.#then(this.#log.read(effect.from, effect.max, this.#lost), (slice) => ({
          kind: 'slice',
          scan: effect.scan,
          slice,
        }));
      case 'fetch':
        return this.#then(this.#fetch(effect.sub.name, effect.item), (entry) => ({
          kind: 'fetched',
          sub: effect.sub,
          item: effect.item,
          entry,
        }));
      case 'rows':
        return this.#then(this.#log.rows(effect.query, effect.limit), (rows) => ({ ...effect, rows }));
      case 'write':
        return this.#then(
          this.#log.write(effect.changes),
          () => ({ kind: 'written' }),
          () => this.#wakeIdle(),
        );
      case 'expired':
        return this.#then(this.#log.expired(), (before) => ({ kind: 'expired', before }));
      case 'trim-rows': {
        const { from, before, limit } = effect;
        return this.#then(this.#log.rows({ by: 'position', subscription: '*', from, before }, limit), (rows) => ({
          kind: 'trim-rows',
          rows,
          limit,
        }));
      }
      case 'trim-fetch': {
        const { position, subscription } = effect;
        return this.#then(this.#fetch(subscription, { position, kept: false }), (entry) => ({
          kind: 'trim-fetched',
          position,
          entry,
        }));
      }
      case 'unrouted':
        return this.#ports.unrouted.add(effect.count);
      case 'lost':
        return this.#ports.lost.add(effect.count);
      default:
        return effect satisfies never;
    }
  }

  #then<T>(result: Promise<T>, input: (value: T) => Input, afterwards?: () => void): void {
    result.then((value) => this.#came(input(value), afterwards), this.#broken);
  }

  /** What came of an effect; nobody above could hear of an error. */
  #came(input: Input, afterwards?: () => void): void {
    try {
      this.input(input);
      afterwards?.();
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly #broken = (error: unknown): void => {
    if (!this.#over) this.#fail(error);
  };

  #deliver(sub: Sub, item: Item): void {
    const { entry, progress } = item;
    assert(entry, 'a delivery has its entry');
    this.#ports.deliver(sub.name, progress ? { entry, progress } : { entry }, (verdict) =>
      this.#came({ kind: 'verdict', sub, item, verdict }),
    );
  }

  /** The bytes of one row: the log's own entry, or the copy that was kept. */
  async #fetch(
    subscription: string,
    row: { readonly position: Position; readonly kept: boolean },
  ): Promise<Entry | undefined> {
    if (!row.kept) {
      const slice = await this.#log.read(row.position, { entries: 1, bytes: Infinity }, this.#lost);
      if (slice.first === row.position) return slice.entries[0];
    }
    const { position } = row;
    const [found] = await this.#log.rows({ by: 'position', subscription, from: position, before: position + 1 }, 1);
    return found?.entry;
  }

  #wakeIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
