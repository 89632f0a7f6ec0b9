import type { DeliverySpec } from '../crds/delivery.ts';
import { identityKey, identityOf } from '../crds/identity.ts';
import { NO_DEAD_LETTER_SINK, resolved, type Judgement } from './conditions.ts';
import { Directory } from './directory.ts';
import type { Facts, Target } from './plan.ts';
import { resolve, type Resolution } from './resolve.ts';
import { variablesOf, type Variables } from './secrets.ts';
import type { Declared, Snapshot } from './store.ts';
import type { World } from './world.ts';

/** What every part of one reconcile looks at. */
export interface Reconciling {
  readonly snapshot: Snapshot;
  readonly directory: Directory;
  readonly world: World;
  readonly facts: Facts;
  readonly variables: Variables;
}

/** Prepares one reconcile. */
export function reconciling(snapshot: Snapshot, world: World, facts: Facts): Reconciling {
  return { snapshot, directory: new Directory(snapshot), world, facts, variables: variablesOf(snapshot.resources) };
}

/** Why a resource is held, if it is. */
export function heldBecause(resource: Declared, { snapshot }: Reconciling): string | undefined {
  const why = snapshot.held.get(identityKey(identityOf(resource)));
  return why === undefined ? undefined : `it is held, its events wait, until this is corrected: ${why}`;
}

/** Where dead letters go, and what that is worth as a condition; no target: to the built-in store. */
export interface DeadLetterSink {
  readonly judgement: Judgement;
  readonly target?: Target;
}

/** The dead letter sink of a delivery spec. */
export function deadLetterSink(
  delivery: DeliverySpec | undefined,
  namespace: string,
  { directory, world }: Reconciling,
): DeadLetterSink {
  if (!delivery?.deadLetterSink) return { judgement: NO_DEAD_LETTER_SINK };
  const asking = { namespace, path: 'spec.delivery.deadLetterSink', directory, world };
  const resolution: Resolution = resolve(delivery.deadLetterSink, asking);
  const judgement = resolved(resolution);
  return 'target' in resolution ? { judgement, target: resolution.target } : { judgement };
}

/** The status fields of a dead letter sink. [Knative DeliveryStatus] */
export function deadLetterFields({ target }: DeadLetterSink): Readonly<Record<string, string>> {
  if (!target) return {};
  const certificates = target.caCerts === undefined ? {} : { deadLetterSinkCACerts: target.caCerts };
  return { deadLetterSinkUri: target.url, ...certificates };
}
