import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../events/log.ts';
import type { Facts, Plan } from '../resources/plan.ts';
import { reconcile, type StatusWrite } from '../resources/reconcile.ts';
import type { ResourceStore, Snapshot } from '../resources/store.ts';
import type { World } from '../resources/world.ts';
import { Readiness } from './readiness.ts';
import { Reloads } from './reloads.ts';

/** What the control loop works with. */
export interface ControlParts {
  readonly store: ResourceStore;
  readonly world: () => World;
  readonly facts: Facts;
  readonly apply: (plan: Plan) => Promise<void>;
  readonly log: Log;
}

/** How many statuses are put at once; they share the store's writes. */
const STATUSES_AT_ONCE = 256;

/** The control loop: whenever what is declared or what is known of it changes, decides anew, has the plan carried out and puts the statuses. One pass at a time; changes during one are seen by the next. */
export class Control {
  readonly #parts: ControlParts;
  readonly #told = new Set<string>();
  readonly #readiness: Readiness;
  readonly #reloads: Reloads;
  #applied: Plan | undefined;
  #dirty = false;
  #passing: Promise<void> | undefined;
  #stopped = false;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#readiness = new Readiness(parts.log);
    this.#reloads = new Reloads(parts.log);
  }

  /** Follows the store until `signal` is aborted. Rejects if the store does. */
  async follow(signal: AbortSignal): Promise<void> {
    for await (const snapshot of this.#parts.store.watch(signal)) {
      this.#tell(snapshot);
      await this.pass();
    }
    this.#stopped = true;
    await this.#passing;
  }

  /** Something changed. Resolves when it is acted upon. */
  pass(): Promise<void> {
    this.#dirty = true;
    this.#passing ??= this.#run();
    return this.#passing;
  }

  async #run(): Promise<void> {
    try {
      while (this.#dirty && !this.#stopped) {
        this.#dirty = false;
        await this.#once();
      }
    } finally {
      this.#passing = undefined;
    }
  }

  async #once(): Promise<void> {
    const { store, world, facts, apply } = this.#parts;
    const snapshot = await store.list();
    this.#reloads.tell(snapshot.resources);
    const { plan, statuses } = reconcile(snapshot, world(), facts);
    if (!this.#applied || !isDeepStrictEqual(plan, this.#applied)) {
      this.#applied = plan;
      await apply(plan);
      // What was decided of statuses is out of date now.
      this.#dirty = true;
      return;
    }
    await this.#put(statuses);
    this.#readiness.tell(snapshot.resources, statuses);
  }

  async #put(statuses: readonly StatusWrite[]): Promise<void> {
    for (let i = 0; i < statuses.length; i += STATUSES_AT_ONCE) {
      const some = statuses.slice(i, i + STATUSES_AT_ONCE);
      await Promise.all(some.map(({ identity, uid, status }) => this.#parts.store.putStatus(identity, uid, status)));
    }
  }

  /** Says once of each document that it is refused, and of each foreign kind that it is passed over. */
  #tell(snapshot: Snapshot): void {
    const { log } = this.#parts;
    for (const { code, message } of snapshot.refused)
      this.#tellOnce(message, () => log.error('resource.refused', { code, error: message }));
    for (const { apiVersion, kind } of snapshot.foreign) {
      this.#tellOnce(`${apiVersion} ${kind}`, () =>
        log.info('resource.foreign', { apiVersion, kind, what: 'not ours; used only where something refers to it' }),
      );
    }
    const now = new Set(snapshot.refused.map((one) => one.message));
    // Refused, corrected and refused again is told again.
    for (const told of this.#told) if (told.includes(': ') && !now.has(told)) this.#told.delete(told);
  }

  #tellOnce(what: string, tell: () => void): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    tell();
  }
}
