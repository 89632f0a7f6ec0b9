import {
  DEPENDENCY,
  IN_FLIGHT,
  KAFKA_ORDER,
  RABBITMQ_PARALLELISM,
  START,
  WEBHOOK_HANDSHAKE,
  dependencyOf,
  startOf,
} from '../crds/annotations.ts';
import type { Status } from '../crds/conditions.ts';
import { identityText, type Identity } from '../crds/identity.ts';
import type { Trigger } from '../crds/trigger.ts';
import { conditions, no, OIDC_DISABLED, readiness, resolved, told, TRUE, type Judgement } from './conditions.ts';
import type { TriggerPlan } from './plan.ts';
import type { ReconciledBroker } from './reconcile-broker.ts';
import { deadLetterFields, deadLetterSink, heldBecause, type DeadLetterSink, type Reconciling } from './reconciling.ts';
import { resolve, type Resolution } from './resolve.ts';
import type { Declared } from './store.ts';

/** What becomes of one Trigger. Without `plan` there is no channel it could be declared on. */
export interface ReconciledTrigger {
  readonly plan?: TriggerPlan;
  readonly status: Status;
}

/** What a Trigger depends on, besides itself. */
export interface TriggerSurroundings {
  /** Undefined: there is none of that name. */
  readonly broker: ReconciledBroker | undefined;
  /** The status of what its dependency annotation names; undefined: that is not declared. */
  readonly statusOf: (identity: Identity) => Status | undefined;
}

/** One Trigger on a Broker of ours. While anything it needs is missing it is declared, but not consumed: its events wait. [Knative Trigger; C9 to C15] */
export function reconcileTrigger(
  trigger: Trigger & Declared,
  { broker, statusOf }: TriggerSurroundings,
  x: Reconciling,
): ReconciledTrigger {
  const { metadata, spec, status: previous } = trigger;
  const { namespace, name, generation } = metadata;
  const { directory, world } = x;
  const subscriber = resolve(spec.subscriber, { namespace, path: 'spec.subscriber', directory, world });
  const sink = sinkOf(trigger, broker, x);
  const held = heldBecause(trigger, x);
  const origin = handshakeOrigin(trigger, x);
  const subscribed = told(x.facts.trigger({ namespace, name }), 'the subscription is being declared');
  const judgements = {
    BrokerReady: brokerReady(spec.broker, broker),
    SubscriptionReady: held === undefined ? (origin?.missing ?? subscribed) : no('Refused', held),
    DependencyReady: dependencyReady(trigger, statusOf),
    SubscriberResolved: resolved(subscriber),
    DeadLetterSinkResolved: sink.judgement,
    OIDCIdentityCreated: OIDC_DISABLED,
  };
  const policy = world.describePolicy?.(spec.delivery, broker?.broker.spec.delivery);
  const status: Status = {
    observedGeneration: generation,
    conditions: conditions(judgements, { previous, now: world.now }),
    ...subscriberFields(subscriber),
    ...deadLetterFields(sink),
    ...(policy === undefined ? {} : { annotations: { 'weir.dev/delivery': policy } }),
  };
  if (!broker?.plan) return { status };
  const waiting = waitingFor(broker, held, judgements) ?? origin?.missing?.message;
  return { status, plan: planOf(trigger, { broker, sink, subscriber, waiting, origin: origin?.name }) };
}

function planOf(
  trigger: Trigger & Declared,
  decided: {
    readonly broker: ReconciledBroker;
    readonly sink: DeadLetterSink;
    readonly subscriber: Resolution;
    readonly waiting: string | undefined;
    readonly origin: string | undefined;
  },
): TriggerPlan {
  const { metadata, spec } = trigger;
  const { broker, sink, subscriber, waiting, origin } = decided;
  const { annotations, namespace, name, uid, generation } = metadata;
  const inFlight = annotations[IN_FLIGHT] ?? annotations[RABBITMQ_PARALLELISM];
  const brokerDelivery = broker.broker.spec.delivery;
  return {
    namespace,
    name,
    uid,
    generation,
    broker: spec.broker,
    filter: { ...(spec.filter ? { filter: spec.filter } : {}), ...(spec.filters ? { filters: spec.filters } : {}) },
    ...(waiting === undefined && 'target' in subscriber ? { subscriber: subscriber.target } : {}),
    ...(waiting === undefined ? {} : { waiting }),
    ...(sink.target ? { deadLetterSink: sink.target } : {}),
    ...(spec.delivery ? { delivery: spec.delivery } : {}),
    ...(brokerDelivery ? { brokerDelivery } : {}),
    order: annotations[KAFKA_ORDER] === 'ordered' ? { by: 'partitionkey' } : 'none',
    start: startOf(annotations[START] ?? 'latest') ?? 'latest',
    ...(inFlight === undefined ? {} : { inFlight: Number(inFlight) }),
    ...(origin === undefined ? {} : { handshake: { origin } }),
  };
}

/** As whom the subscriber is asked for its consent; undefined: it is not. Nothing is sent while that is not known. */
function handshakeOrigin(
  { metadata }: Trigger,
  { world }: Reconciling,
): { readonly name?: string; readonly missing?: Judgement } | undefined {
  const text = metadata.annotations[WEBHOOK_HANDSHAKE];
  if (text === undefined) return undefined;
  const name = text === 'true' ? URL.parse(world.publicUrl ?? '')?.hostname : text;
  if (name !== undefined) return { name };
  const message = `the annotation ${WEBHOOK_HANDSHAKE} is true, and no public URL is known to take the name from; write the DNS name there, or start weir with --public-url URL`;
  return { missing: no('PublicUrlMissing', message) };
}

// The broker's own sink is the fallback of a Trigger without one, whatever else that says of delivery.
function sinkOf({ metadata, spec }: Trigger, broker: ReconciledBroker | undefined, x: Reconciling): DeadLetterSink {
  const own = deadLetterSink(spec.delivery, metadata.namespace, x);
  return spec.delivery?.deadLetterSink ? own : (broker?.deadLetterSink ?? own);
}

function brokerReady(name: string, broker: ReconciledBroker | undefined): Judgement {
  if (!broker) return no('BrokerDoesNotExist', `spec.broker: there is no Broker ${name} in this namespace; declare it`);
  const { status, ...why } = readiness(broker.status);
  if (status === 'True') return TRUE;
  return { status, reason: why.reason ?? 'NotReady', message: `Broker ${name}: ${why.message ?? ''}` };
}

function dependencyReady({ metadata }: Trigger, statusOf: TriggerSurroundings['statusOf']): Judgement {
  const text = metadata.annotations[DEPENDENCY];
  const dependency = text === undefined ? undefined : dependencyOf(text);
  if (!dependency) return TRUE;
  const { apiVersion, kind, name } = dependency;
  const identity = { apiVersion, kind, namespace: metadata.namespace, name };
  const status = statusOf(identity);
  const who = identityText(identity);
  if (!status)
    return no(
      'DependencyDoesNotExist',
      `the annotation ${DEPENDENCY} names ${who}, which is not declared here; declare it`,
    );
  const ready = readiness(status);
  return ready.status === 'True' ? TRUE : { ...ready, message: `${who}: ${ready.message}` };
}

function subscriberFields(subscriber: Resolution): Readonly<Record<string, string>> {
  if (!('target' in subscriber)) return { subscriberUri: '' };
  const { url, caCerts } = subscriber.target;
  return { subscriberUri: url, ...(caCerts === undefined ? {} : { subscriberCACerts: caCerts }) };
}

type Judgements = Readonly<Record<'DependencyReady' | 'SubscriberResolved' | 'DeadLetterSinkResolved', Judgement>>;

// What the process reports itself (the channel is open, the subscription declared) is nothing to wait for here.
function waitingFor(broker: ReconciledBroker, held: string | undefined, judgements: Judgements): string | undefined {
  const { DependencyReady, SubscriberResolved, DeadLetterSinkResolved } = judgements;
  const needs = [SubscriberResolved, DeadLetterSinkResolved, DependencyReady, broker.deadLetterSink.judgement];
  const missing = needs.find(({ status }) => status !== 'True');
  const brokerHeld = broker.held === undefined ? undefined : `Broker ${broker.broker.metadata.name}: ${broker.held}`;
  return held ?? brokerHeld ?? missing?.message;
}
