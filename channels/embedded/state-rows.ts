import assert from 'node:assert';
import type { Interest } from '../../events/interest.ts';
import type { Order } from '../../events/order.ts';
import type { Start } from '../../events/start.ts';
import type { Progress } from '../../events/verdict.ts';
import type { StoredLetter, StoredRow, StoredSubscription } from '../log/log.ts';
import { entryFrom } from './record.ts';

/** Reads back what changes.ts and subscriptions wrote: each function takes the columns of its statement in order. What does not fit broke an invariant of the state file. */

type Columns = readonly unknown[];

interface Spec {
  readonly wants: Interest;
  readonly filter: string;
  readonly start: Start;
  readonly order: Order;
}

/** A column that is a number. */
export function number(value: unknown): number {
  assert(typeof value === 'number', `the state file holds ${typeof value} where a number belongs`);
  return value;
}

/** A column that is text. */
export function text(value: unknown): string {
  assert(typeof value === 'string', `the state file holds ${typeof value} where text belongs`);
  return value;
}

/** `rows...` and `row...`. */
export function rowFrom([subscription, position, generation, key, due, kept, progress, entry]: Columns): StoredRow {
  const dueMs = number(due);
  return {
    subscription: text(subscription),
    position: number(position),
    generation: number(generation),
    ...(key !== null && { key: text(key) }),
    ...(dueMs !== 0 && { dueMs }),
    ...(progress !== null && { progress: progressFrom(progress) }),
    ...(kept === 1 && { kept: true }),
    ...(entry !== null && { entry: stored(entry) }),
  };
}

/** `deadAfter` and `deadOne`, of `subscription`. */
export function letterFrom(subscription: string, [id, position, entry, progress, at]: Columns): StoredLetter {
  const letter = {
    id: text(id),
    subscription,
    entry: stored(entry),
    progress: progressFrom(progress),
    deadAtMs: number(at),
  };
  return { letter, position: number(position) };
}

/** `subscriptions`. */
export function subscriptionFrom([name, generation, spec]: Columns): StoredSubscription {
  const { wants, filter, start, order }: Spec = JSON.parse(text(spec));
  return { name: text(name), generation: number(generation), wants, filter, start, order };
}

/** What `subscriptionFrom` reads as its spec. */
export function specOf({ wants, filter, start, order }: StoredSubscription): string {
  return JSON.stringify({ wants, filter, start, order } satisfies Spec);
}

function progressFrom(value: unknown): Progress {
  return JSON.parse(text(value));
}

function stored(value: unknown): NonNullable<StoredRow['entry']> {
  assert(value instanceof Uint8Array, 'the state file holds no bytes where an entry belongs');
  const entry = entryFrom(value);
  assert(entry, 'an entry in the state file is damaged');
  return entry;
}
