import assert from 'node:assert';
import { attribute } from '../../events/event.ts';
import type { Order } from '../../events/order.ts';
import type { Subscription } from '../../channels/channel.ts';
import { quiet, sameOrder } from '../../channels/log/declare.ts';
import { FakeDisk } from './fake-disk.ts';
import { Process, type Break } from './process.ts';
import { Dice } from './seeded.ts';
import { Truth } from './truth.ts';

const TYPES = ['a', 'b', 'c'];
const KEYS = ['x', 'y'];

/** The engine over a disk that is slow, reorders what it answers, tears a write when the process dies, and subscribers that do anything: all from one seed. */
export class Simulation {
  readonly disk: FakeDisk = new FakeDisk();
  readonly truth: Truth = new Truth(this.disk);
  readonly #dice: Dice;
  readonly #process: Process;
  readonly #declared = new Map<string, Subscription>();
  readonly #consumed = new Set<string>();

  constructor(seed: number, broken: Break = {}) {
    this.#dice = new Dice(seed);
    this.#process = new Process({ disk: this.disk, truth: this.truth, dice: this.#dice, broken });
  }

  /** Runs `steps` random steps, then lets everything come to rest; throws at the first broken promise. */
  run(steps: number): void {
    for (let i = 0; i < steps; i += 1) {
      this.#something();
      this.truth.check(this.#process.state);
    }
    this.#rest();
    this.truth.checkRest(this.#process.state);
    this.#idle();
  }

  #something(): void {
    const roll = this.#dice.between(1, 100);
    if (roll <= 45) this.#process.finishOne();
    else if (roll <= 65) this.#append();
    else if (roll <= 80) this.#process.pass(this.#dice.of([1, 20, 100, 500, 1500]));
    else if (roll <= 86) this.#declare();
    else if (roll <= 93) this.#consume();
    else if (roll <= 95) this.#crash();
    else if (roll <= 96) this.#forget();
    else if (roll <= 98) this.#discard();
    else this.#redrive();
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
        receivedAtMs: this.#process.nowMs,
      });
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
    const known = this.#process.state.subs.get(name);
    if (!known || sameOrder(known, subscription) || quiet(this.#process.state, name)) this.#tell(subscription);
  }

  #tell(subscription: Subscription): void {
    const { matches: _matches, inFlight: _inFlight, ...stored } = subscription;
    const { name } = subscription;
    this.disk.declare(stored);
    this.truth.declared(subscription, this.#process.state.trimmed);
    this.#declared.set(name, subscription);
    const recovered = this.disk.recover([name]).subscriptions[0];
    if (!this.#process.state.subs.has(name) && recovered) this.#process.input({ kind: 'learned', stored, recovered });
    this.#process.input({ kind: 'attached', subscription });
    this.#process.input({ kind: 'consumers', name, count: this.#consumed.has(name) ? 1 : 0 });
  }

  #consume(): void {
    const [...names] = this.#declared.keys();
    if (names.length === 0) return;
    const name = this.#dice.of(names);
    if (!this.#consumed.delete(name)) this.#consumed.add(name);
    this.#process.input({ kind: 'consumers', name, count: this.#consumed.has(name) ? 1 : 0 });
  }

  #forget(): void {
    const [...names] = this.#declared.keys();
    if (names.length === 0) return;
    const name = this.#dice.of(names);
    this.#declared.delete(name);
    this.truth.forgotten(name);
    this.#process.input({ kind: 'forgotten', name });
    // The write of the removal comes after the one under way.
    this.#process.finishWrites();
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
    this.#process.input({ kind: 'discarded', name, count, bytes: count * 512 });
  }

  #redrive(): void {
    const [letter] = this.disk.dead;
    const [name, at] = letter?.split('/') ?? [];
    const sub = name === undefined ? undefined : this.#process.state.subs.get(name);
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
    this.#process.input({ kind: 'redriven', name, rows: [row] });
    this.#process.input({ kind: 'discarded', name, count: 1, bytes: 512 });
  }

  #crash(): void {
    this.#process.kill();
    for (const subscription of this.#declared.values()) if (!this.#dice.once(6)) this.#tell(subscription);
  }

  /** No more faults: every subscription is consumed, every handler is content, room is made; then nothing may be left. */
  #rest(): void {
    this.#process.calm = true;
    for (const [name, subscription] of this.#declared) {
      this.#consumed.add(name);
      this.#tell(subscription);
    }
    for (let i = 0; i < 20_000 && (!this.truth.atRest(this.#process.state) || !this.#process.idle); i += 1) {
      if (this.#dice.once(50)) for (const name of this.#declared.keys()) this.#makeRoom(name);
      this.#process.finishOne();
      this.truth.check(this.#process.state);
    }
  }

  #makeRoom(name: string): void {
    const stored = this.disk.subs.get(name);
    if (!stored || stored.dead === 0) return;
    const count = stored.dead;
    stored.dead = 0;
    this.#process.input({ kind: 'discarded', name, count, bytes: count * 512 });
  }

  /** An idle broker writes nothing. */
  #idle(): void {
    for (let i = 0; i < 40; i += 1) this.#process.finishOne();
    const { writes } = this.#process;
    for (let i = 0; i < 200; i += 1) this.#process.finishOne();
    assert.ok(this.#process.writes - writes <= 1, `${this.#process.writes - writes} writes while nothing happened`);
  }
}
