import assert from 'node:assert';
import type { Entry } from '../../events/entry.ts';
import type { Verdict } from '../../events/verdict.ts';
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
import type { FakeDisk } from './fake-disk.ts';
import type { Dice } from './seeded.ts';
import type { Truth } from './truth.ts';

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

/** One process that runs the engine on the disk: it owes answers, and gives them in any order but that of writes. Dies and begins again. */
export class Process {
  readonly #disk: FakeDisk;
  readonly #truth: Truth;
  readonly #dice: Dice;
  readonly #broken: Break;
  readonly #atomic: boolean;
  #tasks: Task[] = [];
  nowMs = 1_000_000;
  state: State;
  /** Every handler is content. */
  calm = false;
  writes = 0;

  constructor(world: { readonly disk: FakeDisk; readonly truth: Truth; readonly dice: Dice; readonly broken: Break }) {
    this.#disk = world.disk;
    this.#truth = world.truth;
    this.#dice = world.dice;
    this.#broken = world.broken;
    this.#atomic = this.#dice.once(2);
    this.state = this.start();
  }

  /** Begins a life on what is on disk: no subscription has its predicate yet. */
  start(): State {
    const budget: Budget = { used: 0, max: 40 * 600 };
    const recovered = this.#disk.recover();
    this.state = open(recovered, { settings: SMALL, budget, nowMs: this.nowMs });
    for (const { stored } of this.#disk.subs.values()) {
      const found = recovered.subscriptions.find(({ name }) => name === stored.name);
      if (found) this.input({ kind: 'learned', stored, recovered: found });
    }
    return this.state;
  }

  /** One step, and what it asks for is owed. */
  input(input: Input): void {
    const heard = this.#broken.input?.(input) ?? input;
    for (const asked of step(this.state, heard, this.nowMs)) {
      const effect = this.#broken.effect ? this.#broken.effect(asked) : asked;
      if (effect) this.#begin(effect);
    }
  }

  #begin(effect: Effect): void {
    if (effect.kind === 'unrouted') return;
    if (effect.kind === 'lost') assert.fail(`${effect.count} entries called lost from ${effect.from}`);
    if (effect.kind === 'deliver') this.#truth.delivered(effect.sub, effect.item, this.nowMs);
    if (effect.kind === 'write') this.writes += 1;
    // Some answers are taken when asked, as a snapshot is: they may be old when they come.
    const early =
      effect.kind === 'rows' && this.#dice.once(2) ? this.#disk.rows(effect.query, effect.limit) : undefined;
    this.#tasks.push({ effect, finish: () => this.#finish(effect, early) });
  }

  #finish(effect: Effect, early: ReturnType<FakeDisk['rows']> | undefined): void {
    const disk = this.#disk;
    switch (effect.kind) {
      case 'read': {
        const slice = disk.read(effect.from, effect.max);
        if (slice) this.input({ kind: 'slice', scan: effect.scan, slice });
        else this.#tasks.push({ effect, finish: () => this.#finish(effect, undefined) });
        return;
      }
      case 'fetch':
        return this.input({
          kind: 'fetched',
          sub: effect.sub,
          item: effect.item,
          entry: this.#entry(effect.sub.name, effect.item),
        });
      case 'rows':
        return this.input({ ...effect, rows: early ?? disk.rows(effect.query, effect.limit) });
      case 'write':
        this.#truth.wrote(disk.write(effect.changes));
        return this.input({ kind: 'written' });
      case 'deliver':
        return this.#judge(effect.sub, effect.item);
      case 'expired':
        return this.input({ kind: 'expired', before: this.calm ? 0 : this.#dice.between(0, disk.end) });
      case 'trim-rows': {
        const rows = disk.rows(
          { by: 'position', subscription: '*', from: effect.from, before: effect.before },
          effect.limit,
        );
        return this.input({ kind: 'trim-rows', rows, limit: effect.limit });
      }
      case 'trim-fetch':
        return this.input({ kind: 'trim-fetched', position: effect.position, entry: disk.entries[effect.position] });
      default:
        return undefined;
    }
  }

  #entry(name: string, item: { readonly position: number; readonly kept: boolean }): Entry | undefined {
    const disk = this.#disk;
    if (!item.kept && item.position >= disk.start) return disk.entries[item.position];
    return disk.rows({ by: 'position', subscription: name, from: item.position, before: item.position + 1 }, 1)[0]
      ?.entry;
  }

  #judge(sub: Sub, item: Item): void {
    const verdict = this.#verdict(item);
    this.#truth.judged(sub, item, { verdict, nowMs: this.nowMs });
    this.input({ kind: 'verdict', sub, item, verdict });
  }

  #verdict(item: Item): Verdict {
    const roll = this.calm ? 1 : this.#dice.between(1, 10);
    if (roll <= 5) return { kind: 'done' };
    if (roll === 6) return { kind: 'release' };
    const attempts = (item.progress?.attempts ?? 0) + 1;
    const progress = { stage: 'subscriber', attempts, history: [] } as const;
    if (roll <= 9) return { kind: 'wait', delayMs: this.#dice.of([0, 50, 800, 5000]), progress };
    return { kind: 'dead-letter', progress };
  }

  /** One outstanding answer comes; writes in the order they were made. */
  finishOne(): void {
    const firstWrite = this.#tasks.findIndex(({ effect }) => effect.kind === 'write');
    const ready = this.#tasks.filter(
      ({ effect }, i) => (effect.kind !== 'write' || i === firstWrite) && !this.#waits(effect),
    );
    if (ready.length === 0) return this.pass(Math.max(1, Math.min(wakeAtMs(this.state) - this.nowMs, 10_000)));
    const task = this.#dice.of(ready);
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    return task.finish();
  }

  #waits(effect: Effect): boolean {
    return effect.kind === 'read' && effect.from >= this.#disk.end;
  }

  /** The clock moves, and whoever asked to be woken is. */
  pass(ms: number): void {
    this.nowMs += ms;
    while (wakeAtMs(this.state) <= this.nowMs) {
      const before = wakeAtMs(this.state);
      this.input({ kind: 'tick' });
      if (wakeAtMs(this.state) === before) break;
    }
  }

  /** It dies: what was not durable is gone, the write under way is on disk in whole, not at all, or in part. */
  kill(): void {
    const write = this.#tasks.find(({ effect }) => effect.kind === 'write');
    if (write?.effect.kind === 'write') {
      const { changes } = write.effect;
      const torn = this.#atomic ? this.#dice.of([0, changes.length]) : this.#dice.between(0, changes.length);
      this.#truth.wrote(this.#disk.write(changes, torn));
    }
    this.#tasks = [];
    this.start();
  }

  /** The write under way is durable before anything else happens. */
  finishWrites(): void {
    for (const task of this.#tasks.filter(({ effect }) => effect.kind === 'write')) {
      this.#tasks.splice(this.#tasks.indexOf(task), 1);
      task.finish();
    }
  }

  /** Whether all that is owed is the next entry. */
  get idle(): boolean {
    return this.#tasks.every(({ effect }) => this.#waits(effect));
  }
}
