import assert from 'node:assert';
import type { Verdict } from '../../events/verdict.ts';
import type { Subscription } from '../../channels/channel.ts';
import type { Change, Position } from '../../channels/log/log.ts';
import { lowest, type Item, type State, type Sub } from '../../channels/log/state.ts';
import { keyOf } from '../../channels/log/lines.ts';
import type { FakeDisk } from './fake-disk.ts';

interface Wait {
  readonly attempts: number;
  readonly dueMs: number;
}

interface Known {
  /** The predicates it has had, oldest first: which of them counts for an entry depends on when it is evaluated. */
  readonly filters: Subscription['matches'][];
  readonly startedAt: Position;
  readonly settled: Set<Position>;
  /** What a written wait promised: how many attempts, and not before when. */
  readonly waits: Map<Position, Wait>;
  /** What a handler decided, not yet written. */
  readonly decided: Map<Position, Wait>;
  /** The orders it has had: what was evaluated under one keeps the key it had then. */
  readonly orders: Set<string>;
  readonly redriven: Set<Position>;
}

/** What must be true whatever happens: kept beside the engine, from what was appended, judged and written. */
export class Truth {
  readonly #disk: FakeDisk;
  readonly #known = new Map<string, Known>();
  #watermark = 0;

  constructor(disk: FakeDisk) {
    this.#disk = disk;
  }

  /** `trimmed`: what retention has already given up, though it may not be off the disk yet. */
  declared(subscription: Subscription, trimmed: Position): void {
    const known = this.#known.get(subscription.name);
    if (known) {
      known.orders.add(JSON.stringify(subscription.order));
      if (known.filters.at(-1) !== subscription.matches) known.filters.push(subscription.matches);
      return;
    }
    const startedAt = Math.max(trimmed, this.#disk.positionOf(subscription.name));
    this.#known.set(subscription.name, {
      filters: [subscription.matches],
      startedAt,
      settled: new Set(),
      waits: new Map(),
      decided: new Map(),
      orders: new Set([JSON.stringify(subscription.order)]),
      redriven: new Set(),
    });
  }

  forgotten(name: string): void {
    this.#known.delete(name);
  }

  redriven(name: string, position: Position): void {
    this.#known.get(name)?.settled.delete(position);
    this.#known.get(name)?.waits.delete(position);
    this.#known.get(name)?.redriven.add(position);
  }

  /** A delivery begins: wanted, not early, nothing forgotten, not twice at once, not before its turn. */
  delivered(sub: Sub, item: Item, nowMs: number): void {
    const known = this.#known.get(sub.name);
    if (!known) assert.fail(`${sub.name} is delivered to though it is forgotten`);
    const where = `${sub.name}/${item.position}`;
    const entry = this.#disk.entries[item.position];
    assert.ok(item.entry, `${where} is delivered without its bytes`);
    assert.equal(item.entry, entry, `${where} is delivered with another entry's bytes`);
    const wanted =
      known.redriven.has(item.position) || (entry && known.filters.some((matches) => matches(entry.event)));
    assert.ok(wanted, `${where} was never wanted`);
    assert.ok(sub.flying <= sub.inFlight, `${where} makes ${sub.flying} in flight of ${sub.inFlight}`);
    const promised = known.waits.get(item.position);
    if (promised && !known.settled.has(item.position)) {
      assert.ok(nowMs >= promised.dueMs, `${where} comes ${promised.dueMs - nowMs} ms early`);
      assert.ok((item.progress?.attempts ?? 0) >= promised.attempts, `${where} forgot ${promised.attempts} attempts`);
    }
    const key = known.orders.size > 1 ? item.key : keyOf(sub, item.entry);
    const line = key === undefined ? undefined : sub.lines?.get(key);
    // A redriven dead letter joins its line late, and lets who is on the way go first.
    const before = line?.find((at) => at === item.position || !known.redriven.has(at));
    if (line) assert.equal(before, item.position, `${where} is delivered out of its turn: ${line.join()}`);
  }

  judged(sub: Sub, item: Item, at: { readonly verdict: Verdict; readonly nowMs: number }): void {
    const known = this.#known.get(sub.name);
    const { verdict, nowMs } = at;
    if (!known || sub.ended) return;
    if (verdict.kind === 'done') known.settled.add(item.position);
    if (verdict.kind === 'wait')
      known.decided.set(item.position, { attempts: verdict.progress.attempts, dueMs: nowMs + verdict.delayMs });
  }

  /** A write is durable: its waits are promises, its dead letters settled. */
  wrote(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'row' && (change.row.progress || change.row.dueMs !== undefined)) {
        const known = this.#known.get(change.row.subscription);
        const wait = known?.decided.get(change.row.position);
        if (wait) known?.waits.set(change.row.position, wait);
      }
      if (change.kind === 'dead') this.#known.get(change.letter.subscription)?.settled.add(change.position);
    }
  }

  /** After every step: a crash now would lose nothing, and no limit is exceeded. */
  check(state: State): void {
    const disk = this.#disk;
    assert.ok(
      disk.watermark >= this.#watermark,
      `the watermark went back from ${this.#watermark} to ${disk.watermark}`,
    );
    this.#watermark = disk.watermark;
    for (const [name, known] of this.#known) {
      const stored = disk.subs.get(name);
      if (!stored) assert.fail(`${name} is not stored`);
      const position = disk.positionOf(name);
      for (let at = known.startedAt; at < Math.min(position, disk.end); at += 1) this.#safe(name, at);
      for (const row of stored.rows.values()) {
        if (row.position >= disk.start) continue;
        assert.ok(
          disk.kept.has(`*/${row.position}`) || disk.kept.has(`${name}/${row.position}`),
          `${name}/${row.position} has a row, but its bytes are trimmed`,
        );
      }
    }
    for (const sub of state.subs.values()) {
      assert.ok(sub.queued <= state.settings.queueEntries + sub.inFlight, `${sub.name} holds ${sub.queued} entries`);
      // Bodies on their way from disk may turn out larger than any before.
      const bytesMax = state.settings.queueBytes + 2 * sub.largestBytes;
      assert.ok(sub.heldBytes <= bytesMax, `${sub.name} holds ${sub.heldBytes} bytes of ${bytesMax}`);
      assert.ok(
        sub.own === undefined || sub.own <= lowest(sub),
        `${sub.name} stands at ${sub.own} above what is unsettled`,
      );
    }
  }

  /** Below the durable position a match is settled or has a row. */
  #safe(name: string, at: Position): void {
    const known = this.#known.get(name);
    const entry = this.#disk.entries[at];
    if (!known || !entry || known.settled.has(at) || this.#disk.subs.get(name)?.rows.has(at)) return;
    // A changed filter counts for what is not yet evaluated: only what all of them want must be safe.
    if (!known.filters.every((matches) => matches(entry.event))) return;
    assert.fail(`${name}/${at} lies below its durable position, unsettled and without a row: a crash loses it`);
  }

  atRest(state: State): boolean {
    if (state.writing || state.urgent || state.pending.length > 0) return false;
    if (state.live.cursor < this.#disk.end) return false;
    return [...state.subs.values()].every((sub) => sub.scan === state.live && sub.fresh.size === 0 && sub.rows === 0);
  }

  /** When nothing is left to do, everything wanted is settled. */
  checkRest(state: State): void {
    for (const [name, known] of this.#known) {
      const sub = state.subs.get(name);
      assert.ok(sub && sub.scan === state.live, `${name} is not live at rest`);
      assert.equal(sub.fresh.size + sub.rows + sub.flying, 0, `${name} is not settled at rest`);
      for (let at = known.startedAt; at < this.#disk.end; at += 1) {
        const entry = this.#disk.entries[at];
        if (entry && known.filters.every((matches) => matches(entry.event)))
          assert.ok(known.settled.has(at), `${name}/${at} was never settled`);
      }
    }
    assert.equal(state.budget.used, 0, 'bytes are held by nobody');
  }
}
