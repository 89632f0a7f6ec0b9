import assert from 'node:assert';
import type { Verdict } from '../../events/verdict.ts';
import type { Subscription } from '../../channels/channel.ts';
import type { Change, Position } from '../../channels/log/log.ts';
import { lowest, type Item, type State, type Sub } from '../../channels/log/state.ts';
import type { FakeDisk } from './fake-disk.ts';

interface Known {
  /** The predicates it has had, oldest first: which of them counts for an entry depends on when it is evaluated. */
  readonly filters: Subscription['matches'][];
  readonly startedAt: Position;
  readonly settled: Set<Position>;
  /** What a written wait promised: how many attempts, and not before when. */
  readonly waits: Map<Position, { readonly attempts: number; readonly dueMs: number }>;
  readonly flying: Set<Position>;
}

/** What must be true whatever happens: kept beside the engine, from what was appended, judged and written. */
export class Truth {
  readonly #disk: FakeDisk;
  readonly #known = new Map<string, Known>();
  #watermark = 0;

  constructor(disk: FakeDisk) {
    this.#disk = disk;
  }

  declared(subscription: Subscription): void {
    const known = this.#known.get(subscription.name);
    if (known) {
      if (known.filters.at(-1) !== subscription.matches) known.filters.push(subscription.matches);
      return;
    }
    const startedAt = this.#disk.positionOf(subscription.name);
    this.#known.set(subscription.name, {
      filters: [subscription.matches],
      startedAt,
      settled: new Set(),
      waits: new Map(),
      flying: new Set(),
    });
  }

  forgotten(name: string): void {
    this.#known.delete(name);
  }

  restarted(): void {
    for (const known of this.#known.values()) known.flying.clear();
  }

  redriven(name: string, position: Position): void {
    this.#known.get(name)?.settled.delete(position);
    this.#known.get(name)?.waits.delete(position);
  }

  /** A delivery begins: wanted, not early, nothing forgotten, not twice at once, not before its turn. */
  delivered(sub: Sub, item: Item, nowMs: number): void {
    const known = this.#known.get(sub.name);
    if (!known) assert.fail(`${sub.name} is delivered to though it is forgotten`);
    const where = `${sub.name}/${item.position}`;
    const entry = this.#disk.entries[item.position];
    assert.equal(item.entry, entry, `${where} is delivered with another entry's bytes`);
    assert.ok(entry && known.filters.some((matches) => matches(entry.event)), `${where} was never wanted`);
    assert.ok(sub.flying <= sub.inFlight, `${where} makes ${sub.flying} in flight of ${sub.inFlight}`);
    const promised = known.waits.get(item.position);
    if (promised && !known.settled.has(item.position)) {
      assert.ok(nowMs >= promised.dueMs, `${where} comes ${promised.dueMs - nowMs} ms early`);
      assert.ok((item.progress?.attempts ?? 0) >= promised.attempts, `${where} forgot ${promised.attempts} attempts`);
    }
    // A row from before it was ordered has no key.
    const line = item.key === undefined ? undefined : sub.lines?.get(item.key);
    if (line) assert.equal(line[0], item.position, `${where} is delivered out of its turn: ${line}`);
  }

  judged(sub: Sub, item: Item, at: { readonly verdict: Verdict; readonly nowMs: number }): void {
    const known = this.#known.get(sub.name);
    if (known && !sub.ended && at.verdict.kind === 'done') known.settled.add(item.position);
  }

  /** A write is durable: its waits are promises, its dead letters settled. */
  wrote(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'row' && change.row.progress) {
        const { subscription, position, dueMs, progress } = change.row;
        this.#known.get(subscription)?.waits.set(position, { attempts: progress.attempts, dueMs: dueMs ?? 0 });
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
