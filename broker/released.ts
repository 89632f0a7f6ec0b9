import { join } from 'node:path';
import { z } from 'zod';
import type { BrokerRef } from '../channels/channel.ts';
import type { Plan } from '../resources/plan.ts';
import { JsonFile } from './json-file.ts';

const schema = z.object({
  /** Brokers that are or were declared: `<namespace>/<name>` -> the kind of their channel. */
  brokers: z.record(z.string(), z.string()),
  /** When a trigger (`<namespace>/<broker>/<trigger>`) or a whole broker (`<namespace>/<broker>`) was removed, ms since the epoch. */
  since: z.record(z.string(), z.number()),
});

type Kept = z.infer<typeof schema>;

/** What keeps the list: a file, or memory where nothing outlives the process. */
interface Store {
  readonly value: Kept;
  save(value: Kept): Promise<void>;
}

/** What is no longer declared and still kept, should it return. Survives a restart, and notices what was removed while nothing ran. */
export class Released {
  readonly #store: Store;

  private constructor(store: Store) {
    this.#store = store;
  }

  /** In `<data>/released.json`; without a folder, in memory. Rejects `data-folder-damaged`. */
  static async open(dataFolder: string | undefined): Promise<Released> {
    const empty: Kept = { brokers: {}, since: {} };
    if (dataFolder !== undefined)
      return new Released(await JsonFile.open(join(dataFolder, 'released.json'), schema, empty));
    let value = empty;
    return new Released({
      get value() {
        return value;
      },
      save: async (next) => {
        value = next;
      },
    });
  }

  /** The kind of channel a broker that is not declared has, if there is one. */
  brokers(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.#store.value.brokers));
  }

  since(key: string): number | undefined {
    return this.#store.value.since[key];
  }

  /** Keys whose time is over at `beforeMs`. */
  due(beforeMs: number): readonly string[] {
    return Object.entries(this.#store.value.since).flatMap(([key, since]) => (since <= beforeMs ? [key] : []));
  }

  /** The key below `prefix` that was released first. */
  oldest(prefix: string): string | undefined {
    const below = Object.entries(this.#store.value.since).filter(([key]) => key.startsWith(prefix));
    return below.reduce<(typeof below)[number] | undefined>((a, b) => (a && a[1] <= b[1] ? a : b), undefined)?.[0];
  }

  /** The earliest moment anything was released, for a timer. */
  get oldestMs(): number | undefined {
    const all = Object.values(this.#store.value.since);
    return all.length === 0 ? undefined : all.reduce((a, b) => Math.min(a, b));
  }

  /** What a plan declares is kept on; what was found released, and is not declared again, is remembered with its time, as are brokers that are declared no longer. */
  follow(
    plan: Pick<Plan, 'brokers' | 'triggers'>,
    found: { readonly nowMs: number; readonly released: readonly string[] },
  ): Promise<void> {
    const declared = new Set([
      ...plan.brokers.map((broker) => keyOf(broker)),
      ...plan.triggers.map((trigger) => keyOf({ namespace: trigger.namespace, name: trigger.broker }, trigger.name)),
    ]);
    return this.update({
      nowMs: found.nowMs,
      declared: plan.brokers.map((broker) => [keyOf(broker), broker.channel.kind] as const),
      returned: declared,
      released: [...found.released, ...this.brokers().keys()].filter((key) => !declared.has(key)),
    });
  }

  /** Brings the list up to date in one write, or none if nothing changes. */
  async update(change: ReleasedChange): Promise<void> {
    const { brokers, since } = this.#store.value;
    const next: Kept = { brokers: { ...brokers }, since: { ...since } };
    for (const [key, kind] of change.declared ?? []) next.brokers[key] = kind;
    for (const key of change.returned ?? []) delete next.since[key];
    for (const key of change.released ?? []) next.since[key] ??= change.nowMs;
    for (const key of change.gone ?? []) {
      delete next.since[key];
      delete next.brokers[key];
    }
    if (JSON.stringify(next) !== JSON.stringify(this.#store.value)) await this.#store.save(next);
  }
}

/** What `update` is to bring about; what is not named stays. */
export interface ReleasedChange {
  readonly nowMs: number;
  readonly declared?: Iterable<readonly [string, string]>;
  /** Declared again: kept on. */
  readonly returned?: Iterable<string>;
  readonly released?: Iterable<string>;
  /** Deleted for good. */
  readonly gone?: Iterable<string>;
}

/** `<namespace>/<broker>`, and with a trigger `<namespace>/<broker>/<trigger>`. */
export function keyOf(broker: BrokerRef, trigger?: string): string {
  const key = `${broker.namespace}/${broker.name}`;
  return trigger === undefined ? key : `${key}/${trigger}`;
}
