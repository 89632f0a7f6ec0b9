import { isDeepStrictEqual } from 'node:util';
import { READY, type Status } from '../crds/conditions.ts';
import { identityKey, identityOf, type Identity } from '../crds/identity.ts';
import { isSink, isSource } from '../crds/kinds.ts';
import type { Trigger } from '../crds/trigger.ts';
import { isOurs } from './directory.ts';
import type { Facts, Plan } from './plan.ts';
import { reconcileBroker, type ReconciledBroker } from './reconcile-broker.ts';
import { reconcileSink, type ReconciledSink } from './reconcile-sink.ts';
import { reconcileSource, removedSources, type ReconciledSource } from './reconcile-source.ts';
import { reconcileTrigger, type ReconciledTrigger } from './reconcile-trigger.ts';
import { reconciling, type Reconciling } from './reconciling.ts';
import type { Declared, Snapshot } from './store.ts';
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
 *
 * A resource that is not in the plan may still be declared (a Broker whose ConfigMap is missing): only what is in `snapshot.removed`, or nowhere in the snapshot, is gone.
 */
export function reconcile(snapshot: Snapshot, world: World, facts: Facts): Reconciled {
  const x = reconciling(snapshot, world, facts);
  const pass = new Pass(x);
  for (const resource of snapshot.resources) pass.visit(resource);
  const { brokers, triggers, sources, sinks } = pass;
  const plan = {
    brokers: [...brokers.values()].flatMap((one) => one.plan ?? []),
    triggers: [...triggers.values()].flatMap((one) => one.plan ?? []),
    sources: [...sources.values()].map((one) => one.plan),
    sinks: [...sinks.values()].map((one) => one.plan),
    removedSources: removedSources(x),
  };
  return { plan, statuses: snapshot.resources.flatMap((one) => pass.changed(one) ?? []) };
}

// What a Trigger is to those it depends on, if they depend on it.
const CIRCULAR: Status = {
  conditions: [
    { type: READY, status: 'False', reason: 'DependencyCircular', message: 'it depends on itself; break the circle' },
  ],
};

/** One reconcile under way: everything is decided once, what others depend on before them. */
class Pass {
  readonly brokers = new Map<string, ReconciledBroker>();
  readonly triggers = new Map<string, ReconciledTrigger>();
  readonly sources = new Map<string, ReconciledSource>();
  readonly sinks = new Map<string, ReconciledSink>();
  readonly #x: Reconciling;
  readonly #visiting = new Set<string>();

  constructor(x: Reconciling) {
    this.#x = x;
  }

  /** Decides about one resource and answers its status, if it has one of ours. */
  visit(resource: Declared): Status | undefined {
    const key = identityKey(identityOf(resource));
    if (isSource(resource)) return decided(this.sources, key, () => reconcileSource(resource, this.#x)).status;
    if (isSink(resource)) return decided(this.sinks, key, () => reconcileSink(resource, this.#x)).status;
    switch (resource.kind) {
      case 'Broker':
        if (!isOurs(resource, this.#x.world)) return undefined;
        return decided(this.brokers, key, () => reconcileBroker(resource, this.#x)).status;
      case 'Trigger':
        return this.#trigger(resource, key);
      case 'ConfigMap':
      case 'Secret':
      case 'Service':
        return undefined;
      default:
        return resource satisfies never;
    }
  }

  /** The status of a resource, if it is another than the one it has. */
  changed(resource: Declared): StatusWrite | undefined {
    const status = this.visit(resource);
    if (!status || isDeepStrictEqual(status, resource.status)) return undefined;
    return { identity: identityOf(resource), uid: resource.metadata.uid, status };
  }

  #trigger(trigger: Trigger & Declared, key: string): Status | undefined {
    const found = this.#x.directory.broker(trigger.metadata.namespace, trigger.spec.broker);
    if (found && !isOurs(found, this.#x.world)) return undefined;
    if (this.#visiting.has(key)) return CIRCULAR;
    this.#visiting.add(key);
    if (found) this.visit(found);
    const broker = found && this.brokers.get(identityKey(identityOf(found)));
    const statusOf = (identity: Identity): Status | undefined => {
      const other = this.#x.directory.find(identity);
      return other && (this.visit(other) ?? other.status ?? {});
    };
    const decision = decided(this.triggers, key, () => reconcileTrigger(trigger, { broker, statusOf }, this.#x));
    this.#visiting.delete(key);
    return decision.status;
  }
}

function decided<T>(all: Map<string, T>, key: string, decide: () => T): T {
  const before = all.get(key);
  if (before !== undefined) return before;
  const now = decide();
  all.set(key, now);
  return now;
}
