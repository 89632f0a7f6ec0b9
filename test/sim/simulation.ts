import assert from 'node:assert';
import type { Entry } from '../../events/entry.ts';
import type { Verdict } from '../../events/verdict.ts';
import { attribute } from '../../events/event.ts';
import type { Order } from '../../events/order.ts';
import type { Subscription } from '../../channels/channel.ts';
import { quiet, sameOrder } from '../../channels/log/declare.ts';
import {
  open,
  SETTINGS,
  type Budget,
  type Item,
  type Settings,
  type State,
  type Sub,
} from '../../channels/log/state.ts';
import { step, wakeAtMs } from '../../channels/log/step.ts';
import type { Effect, Input } from '../../channels/log/turn.ts';
import { FakeDisk } from './fake-disk.ts';
import { Dice } from './seeded.ts';
import { Truth } from './truth.ts';

/** Small limits, so that every one of them is met in a few hundred steps. */
const SMALL: Settings = {
  ...SETTINGS,
  queueEntries: 8,
  queueBytes: 8 * 700,
  rowsMax: 12,
  dueRows: 3,
  deadLetters: 6,
  readEntries: 4,
  readBytes: 4096,
  trimEveryMs: 2000,
};

const TYPES = ['a', 'b', 'c'];
const KEYS = ['x', 'y'];

/** One answer the world still owes the engine. */
interface Task {
  readonly effect: Effect;
  readonly finish: () => void;
}

/** An engine broken in one way: what it asks for, or what it hears, is changed. */
export interface Break {
  readonly effect?: (effect: Effect) => Effect | undefined;
  readonly input?: (input: Input) => Input;
}

/** The engine over a disk that is slow, reorders what it answers, tears a write when the process dies, and subscribers that do anything: all from one seed. */
export class Simulation {
  readonly disk = new FakeDisk();
  readonly truth: Truth;
  readonly #dice: Dice;
  readonly #atomic: boolean;
  readonly #broken: Break;
  #nowMs = 1_000_000;
  #state: State;
  #tasks: Task[] = [];
  #declared = new Map<string, Subscription>();
  #consumed = new Set<string>();
  #calm = false;
  writes = 0;

  constructor(seed: number, broken: Break = {}) {
    this.#broken = broken;
    this.#dice = new Dice(seed);
    this.#atomic = this.#dice.once(2);
    this.truth = new Truth(this.disk);
    this.#state = this.#start();
  }

  /** Runs `steps` random steps, then lets everything come to rest; throws at the first broken promise. */
  run(steps: number): void {
    for (let i = 0; i < steps; i += 1) {
      this.#something();
      this.truth.check(this.#state);
    }
    this.#rest();
    this.truth.checkRest(this.#state);
    this.#idle();
  }

  #something(): void {
    const roll = this.#dice.between(1, 100);
    if (roll <= 45) this.#finishOne();
    else if (roll <= 65) this.#append();
    else if (roll <= 80) this.#pass(this.#dice.of([1, 20, 100, 500, 1500]));
    else if (roll <= 86) this.#declare();
    else if (roll <= 93) this.#consume();
    else if (roll <= 95) this.#crash();
    else if (roll <= 96) this.#forget();
    else if (roll <= 98) this.#discard();
    else this.#redrive();
  }

  #start(): State {
    const budget: Budget = { used: 0, max: 40 * 600 };
    const recovered = this.disk.recover();
    this.#state = open(recovered, { settings: SMALL, budget, nowMs: this.#nowMs });
    for (const { stored } of this.disk.subs.values()) {
      const found = recovered.subscriptions.find(({ name }) => name === stored.name);
      if (found) this.#input({ kind: 'learned', stored, recovered: found });
    }
    return this.#state;
  }

  #input(input: Input): void {
    const heard = this.#broken.input?.(input) ?? input;
    for (const asked of step(this.#state, heard, this.#nowMs)) {
      const effect = this.#broken.effect ? this.#broken.effect(asked) : asked;
      if (effect) this.#begin(effect);
    }
  }

  #begin(effect: Effect): void {
    if (effect.kind === 'unrouted') return;
    if (effect.kind === 'lost') assert.fail(`${effect.count} entries called lost from ${effect.from}`);
    if (effect.kind === 'deliver') this.truth.delivered(effect.sub, effect.item, this.#nowMs);
    if (effect.kind === 'write') this.writes += 1;
    // Some answers are taken when asked, as a snapshot is: they may be old when they come.
    const early = effect.kind === 'rows' && this.#dice.once(2) ? this.disk.rows(effect.query, effect.limit) : undefined;
    this.#tasks.push({ effect, finish: () => this.#finish(effect, early) });
  }

  #finish(effect: Effect, early: ReturnType<FakeDisk['rows']> | undefined): void {
    const { disk } = this;
    switch (effect.kind) {
      case 'read': {
        const slice = disk.read(effect.from, effect.max);
        if (slice) this.#input({ kind: 'slice', scan: effect.scan, slice });
        else this.#tasks.push({ effect, finish: () => this.#finish(effect, undefined) });
        return;
      }
      case 'fetch':
        return this.#input({
          kind: 'fetched',
          sub: effect.sub,
          item: effect.item,
          entry: this.#entry(effect.sub.name, effect.item),
        });
      case 'rows':
        return this.#input({ ...effect, rows: early ?? disk.rows(effect.query, effect.limit) });
      case 'write':
        this.truth.wrote(disk.write(effect.changes));
        return this.#input({ kind: 'written' });
      case 'deliver':
        return this.#judge(effect.sub, effect.item);
      case 'expired':
        return this.#input({ kind: 'expired', before: this.#calm ? 0 : this.#dice.between(0, disk.end) });
      case 'trim-rows': {
        const rows = disk.rows(
          { by: 'position', subscription: '*', from: effect.from, before: effect.before },
          effect.limit,
        );
        return this.#input({ kind: 'trim-rows', rows, limit: effect.limit });
      }
      case 'trim-fetch':
        return this.#input({ kind: 'trim-fetched', position: effect.position, entry: disk.entries[effect.position] });
      default:
        return undefined;
    }
  }

  #entry(name: string, item: { readonly position: number; readonly kept: boolean }): Entry | undefined {
    const { disk } = this;
    if (!item.kept && item.position >= disk.start) return disk.entries[item.position];
    return disk.rows({ by: 'position', subscription: name, from: item.position, before: item.position + 1 }, 1)[0]
      ?.entry;
  }

  #judge(sub: Sub, item: Item): void {
    const verdict = this.#verdict(item);
    this.truth.judged(sub, item, { verdict, nowMs: this.#nowMs });
    this.#input({ kind: 'verdict', sub, item, verdict });
  }

  #verdict(item: Item): Verdict {
    const roll = this.#calm ? 1 : this.#dice.between(1, 10);
    if (roll <= 5) return { kind: 'done' };
    if (roll === 6) return { kind: 'release' };
    const attempts = (item.progress?.attempts ?? 0) + 1;
    const progress = { stage: 'subscriber', attempts, history: [] } as const;
    if (roll <= 9) return { kind: 'wait', delayMs: this.#dice.of([0, 50, 800, 5000]), progress };
    return { kind: 'dead-letter', progress };
  }

  /** One outstanding answer comes; writes in the order they were made. */
  #finishOne(): void {
    const firstWrite = this.#tasks.findIndex(({ effect }) => effect.kind === 'write');
    const ready = this.#tasks.filter(
      ({ effect }, i) => (effect.kind !== 'write' || i === firstWrite) && !this.#waits(effect),
    );
    if (ready.length === 0) return this.#pass(Math.max(1, Math.min(wakeAtMs(this.#state) - this.#nowMs, 10_000)));
    const task = this.#dice.of(ready);
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    return task.finish();
  }

  #waits(effect: Effect): boolean {
    return effect.kind === 'read' && effect.from >= this.disk.end;
  }

  #append(): void {
    for (let i = this.#dice.between(1, 5); i > 0; i -= 1) {
      const attributes = new Map([
        ['id', String(this.disk.end)],
        ['type', this.#dice.of(TYPES)],
      ]);
      if (!this.#dice.once(4)) attributes.set('partitionkey', this.#dice.of(KEYS));
      this.disk.entries.push({
        event: { attributes, data: new Uint8Array(this.#dice.of([0, 100, 5000])) },
        hops: 1,
        receivedAtMs: this.#nowMs,
      });
    }
  }

  /** The clock moves, and whoever asked to be woken is. */
  #pass(ms: number): void {
    this.#nowMs += ms;
    while (wakeAtMs(this.#state) <= this.#nowMs) {
      const before = wakeAtMs(this.#state);
      this.#input({ kind: 'tick' });
      if (wakeAtMs(this.#state) === before) break;
    }
  }

  #declare(): void {
    const name = `sub-${this.#dice.between(1, 4)}`;
    const types = TYPES.filter(() => !this.#dice.once(2));
    const order: Order = Number(name.slice(-1)) % 2 === 0 ? { by: 'partitionkey' } : 'none';
    const subscription: Subscription = {
      name,
      generation: (this.#declared.get(name)?.generation ?? 0) + 1,
      wants: this.#dice.once(3) ? 'everything' : types.map((type) => ({ type: [type] })),
      matches: (event) => types.includes(attribute(event, 'type') ?? ''),
      filter: types.join(),
      start: this.#dice.of(['latest', 'earliest']),
      order: this.#dice.once(10) ? 'none' : order,
      inFlight: Number(name.slice(-1)),
    };
    const known = this.#state.subs.get(name);
    if (!known || sameOrder(known, subscription) || quiet(this.#state, name)) this.#tell(subscription);
  }

  #tell(subscription: Subscription): void {
    const { matches: _matches, inFlight: _inFlight, ...stored } = subscription;
    const { name } = subscription;
    this.disk.declare(stored);
    this.truth.declared(subscription, this.#state.trimmed);
    this.#declared.set(name, subscription);
    const recovered = this.disk.recover([name]).subscriptions[0];
    if (!this.#state.subs.has(name) && recovered) this.#input({ kind: 'learned', stored, recovered });
    this.#input({ kind: 'attached', subscription });
    this.#input({ kind: 'consumers', name, count: this.#consumed.has(name) ? 1 : 0 });
  }

  #consume(): void {
    const [...names] = this.#declared.keys();
    if (names.length === 0) return;
    const name = this.#dice.of(names);
    if (!this.#consumed.delete(name)) this.#consumed.add(name);
    this.#input({ kind: 'consumers', name, count: this.#consumed.has(name) ? 1 : 0 });
  }

  #forget(): void {
    const [...names] = this.#declared.keys();
    if (names.length === 0) return;
    const name = this.#dice.of(names);
    this.#declared.delete(name);
    this.truth.forgotten(name);
    this.#input({ kind: 'forgotten', name });
    // The write of the removal comes after the one under way.
    for (const task of this.#tasks.filter(({ effect }) => effect.kind === 'write')) {
      this.#tasks.splice(this.#tasks.indexOf(task), 1);
      task.finish();
    }
    this.disk.write([{ kind: 'remove', subscription: name }]);
  }

  #discard(): void {
    const [...names] = this.#declared.keys();
    const name = names.find((each) => (this.disk.subs.get(each)?.dead ?? 0) > 0);
    const sub = name === undefined ? undefined : this.disk.subs.get(name);
    if (name === undefined || !sub) return;
    const count = sub.dead;
    sub.dead = 0;
    for (const letter of this.disk.dead) if (letter.startsWith(`${name}/`)) this.disk.dead.delete(letter);
    this.#input({ kind: 'discarded', name, count, bytes: count * 512 });
  }

  #redrive(): void {
    const [letter] = this.disk.dead;
    const [name, at] = letter?.split('/') ?? [];
    const sub = name === undefined ? undefined : this.#state.subs.get(name);
    const position = Number(at);
    const entry = this.disk.entries[position];
    if (letter === undefined || name === undefined || !sub || !entry || !this.#declared.has(name)) return;
    // Evaluated again after a crash, it may be both dead and pending: a redrive would make it the same row.
    if (
      sub.fresh.has(position) ||
      sub.rowed.has(position) ||
      this.disk.subs.get(name)?.rows.has(position) ||
      position >= this.disk.positionOf(name)
    )
      return;
    this.disk.dead.delete(letter);
    const key = sub.lines ? attribute(entry.event, 'partitionkey') : undefined;
    const row = { subscription: name, position, generation: 1, kept: true, ...(key !== undefined && { key }) } as const;
    this.disk.write([
      { kind: 'keep', subscription: name, position, entry },
      { kind: 'row', row },
    ]);
    const stored = this.disk.subs.get(name);
    if (stored) stored.dead = Math.max(0, stored.dead - 1);
    this.truth.redriven(name, position);
    this.#input({ kind: 'redriven', name, rows: [row] });
    this.#input({ kind: 'discarded', name, count: 1, bytes: 512 });
  }

  /** The process dies: what was not durable is gone, the write under way is on disk in whole, not at all, or in part. */
  #crash(): void {
    const write = this.#tasks.find(({ effect }) => effect.kind === 'write');
    if (write?.effect.kind === 'write') {
      const { changes } = write.effect;
      const torn = this.#atomic ? this.#dice.of([0, changes.length]) : this.#dice.between(0, changes.length);
      this.truth.wrote(this.disk.write(changes, torn));
    }
    this.#tasks = [];
    this.#state = this.#start();
    for (const subscription of this.#declared.values()) if (!this.#dice.once(6)) this.#tell(subscription);
  }

  /** No more faults: every subscription is consumed, every handler is content, room is made; then nothing may be left. */
  #rest(): void {
    this.#calm = true;
    for (const [name, subscription] of this.#declared) {
      this.#consumed.add(name);
      this.#tell(subscription);
    }
    for (
      let i = 0;
      i < 20_000 && (!this.truth.atRest(this.#state) || this.#tasks.some(({ effect }) => !this.#waits(effect)));
      i += 1
    ) {
      if (this.#dice.once(50)) for (const name of this.#declared.keys()) this.#makeRoom(name);
      this.#finishOne();
      this.truth.check(this.#state);
    }
  }

  #makeRoom(name: string): void {
    const stored = this.disk.subs.get(name);
    if (!stored || stored.dead === 0) return;
    const count = stored.dead;
    stored.dead = 0;
    this.#input({ kind: 'discarded', name, count, bytes: count * 512 });
  }

  /** An idle broker writes nothing. */
  #idle(): void {
    for (let i = 0; i < 40; i += 1) this.#finishOne();
    const { writes } = this;
    for (let i = 0; i < 200; i += 1) this.#finishOne();
    assert.ok(this.writes - writes <= 1, `${this.writes - writes} writes while nothing happened`);
  }
}
