import type { DeliverySpec } from '../crds/delivery.ts';
import type { TriggerFilterSpec } from '../crds/filter.ts';
import type { Order } from '../events/order.ts';
import type { Start } from '../events/start.ts';

/** What the process should run: the answer of `reconcile`, values only. Whoever carries it out compares it with what runs and reports back with `Facts`. */
export interface Plan {
  readonly brokers: readonly BrokerPlan[];
  readonly triggers: readonly TriggerPlan[];
  readonly sources: readonly SourcePlan[];
  readonly sinks: readonly SinkPlan[];
  /** Sources that are gone, for a day after that was noticed: what they registered is to be removed, unless that is done already. */
  readonly removedSources: readonly RemovedSourcePlan[];
}

/** A resource of a kind that is known from where this stands. */
export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

/** A Broker whose channel is to be open. */
export interface BrokerPlan extends NamespacedName {
  readonly uid: string;
  /** The kind of channel (`embedded`, `memory`, ...) and its configuration as that kind reads it. */
  readonly channel: { readonly kind: string; readonly config: unknown };
}

/** A sink of a kind of ours; `kind` as in the resource. */
export interface SinkName extends NamespacedName {
  readonly kind: string;
}

/** An address events are sent to. `broker`: it is itself a Broker or Channel, so the hop count goes with the event. */
export interface Target {
  readonly url: string;
  readonly broker: boolean;
  readonly caCerts?: string;
  /** It is a sink of this process, which may be given its events directly. */
  readonly sink?: SinkName;
}

/** A Trigger that is to be declared on its Broker's channel, and consumed unless it waits. */
export interface TriggerPlan extends NamespacedName {
  readonly uid: string;
  readonly generation: number;
  /** The broker's name, in the same namespace. */
  readonly broker: string;
  readonly filter: TriggerFilterSpec;
  /** Absent: declared but not consumed, its events wait; `waiting` says for what. */
  readonly subscriber?: Target;
  readonly waiting?: string;
  readonly deadLetterSink?: Target;
  readonly delivery?: DeliverySpec;
  readonly brokerDelivery?: DeliverySpec;
  readonly order: Order;
  readonly start: Start;
  /** Undefined: the process's default. */
  readonly inFlight?: number;
  /** The subscriber is asked for its consent first, and each delivery names this origin. */
  readonly handshake?: { readonly origin: string };
}

/** A source that is to run, unless it waits. */
export interface SourcePlan extends NamespacedName {
  /** As in `apiVersion` and `kind` of the resource. */
  readonly kind: string;
  readonly uid: string;
  readonly generation: number;
  /** The parsed spec of that kind, with the values of its secrets in `secrets` by `<name>/<key>`. */
  readonly spec: unknown;
  readonly labels: Readonly<Record<string, string>>;
  readonly secrets: ReadonlyMap<string, string>;
  readonly sink: Target | { readonly broker: NamespacedName };
  readonly ceOverrides?: Readonly<Record<string, string>>;
  /** Set: it must not run yet, and why. */
  readonly waiting?: string;
}

/** A sink that is to run, unless it waits. */
export interface SinkPlan extends SinkName {
  readonly uid: string;
  /** The parsed spec of that kind, with the values of its secrets in `secrets` by `<name>/<key>`. */
  readonly spec: unknown;
  readonly secrets: ReadonlyMap<string, string>;
  /** Set: it must not run yet, and why. */
  readonly waiting?: string;
}

/** A source that is gone, as it was when it was last accepted; perhaps it went while no process ran. */
export interface RemovedSourcePlan extends NamespacedName {
  readonly kind: string;
  readonly uid: string;
  readonly removedAtMs: number;
  readonly spec: unknown;
  /** As they resolve now: those that still do. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** One thing the process knows of a resource it runs; becomes a condition. `reason` is CamelCase, `message` one line. */
export type Fact = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly message: string };

/** What the process reports of what it runs; undefined = not known yet, which is condition status Unknown. */
export interface Facts {
  /** Whether the broker's channel is open. */
  broker(broker: NamespacedName): Fact | undefined;
  /** Whether the trigger's subscription is declared durably. */
  trigger(trigger: NamespacedName): Fact | undefined;
  /** Whether a sink's server has what it needs there. */
  sink(sink: SinkName): Fact | undefined;
  /** Conditions of the kind's own (`Deployed`, `WebhookConfigured`, ...) and status fields beside them (`webhookIDKey`). */
  source(
    source: NamespacedName & { readonly kind: string },
  ):
    | { readonly conditions: Readonly<Record<string, Fact>>; readonly status?: Readonly<Record<string, unknown>> }
    | undefined;
}
