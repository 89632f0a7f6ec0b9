import type { Status } from '../crds/conditions.ts';
import type { Identity } from '../crds/identity.ts';
import type { Facts, Plan } from './plan.ts';
import type { Snapshot } from './store.ts';
import type { World } from './world.ts';

/** A status to put: `store.putStatus(identity, uid, status)`. Only those that differ from what the snapshot holds are answered. */
export interface StatusWrite {
  readonly identity: Identity;
  readonly uid: string;
  readonly status: Status;
}

/** What to run, and what to say of it. */
export interface Reconciled {
  readonly plan: Plan;
  readonly statuses: readonly StatusWrite[];
}

/**
 * Decides what the process should run and what each resource's status is. Pure: the same arguments give the same answer, and once its statuses are put, none are answered.
 * Ask again when the snapshot, the world or the facts change; `snapshot` comes fresh from `store.list()`, as it holds the statuses put last.
 */
export function reconcile(snapshot: Snapshot, world: World, facts: Facts): Reconciled {
  void [snapshot, world, facts];
  return { plan: { brokers: [], triggers: [], sources: [] }, statuses: [] };
}
