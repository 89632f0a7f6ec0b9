import { isDeepStrictEqual } from 'node:util';
import type { Channel, Handle, Subscription } from '../channels/channel.ts';
import { RefusedError } from '../events/errors.ts';
import type { Fact, TriggerPlan } from '../resources/plan.ts';
import { compileFilter } from '../triggers/filters/filter.ts';
import { Consenting, type ConsentPorts } from './consent.ts';

/** A handler made for one state of a trigger's plan; disposal gives back what it holds of the network. */
export interface OpenDelivery extends Disposable {
  readonly handle: Handle;
}

/** What a running trigger needs of the process. */
export interface TriggerPorts {
  /** Throws `RefusedError` for an address that cannot be one. */
  readonly open: (plan: TriggerPlan) => OpenDelivery;
  /** Deliveries unsettled at once where the plan does not say. */
  readonly inFlight: number;
  readonly consent: ConsentPorts;
  /** A declaration or a consumer ended with an error; nobody else hears of it. */
  readonly failed: (plan: TriggerPlan, error: unknown) => void;
}

/**
 * One trigger of a broker whose channel is open: declared, and consumed while its plan names a subscriber. States: new -> declared -> consuming <-> declared; a released one is dropped. Its handler can
 * be exchanged while it consumes, so a changed subscriber disturbs nothing that is in flight. Where its plan asks for a handshake it consumes only what the subscriber consented to, and at the granted pace.
 */
export class RunningTrigger {
  readonly #ports: TriggerPorts;
  readonly #channel: Channel;
  /** What was declared last; undefined: nothing yet. */
  #declared: TriggerPlan | undefined;
  #delivery: OpenDelivery | undefined;
  #delivered: TriggerPlan | undefined;
  #consumer: AbortController | undefined;
  /** Of the subscriber, where it must be asked. */
  #consent: Consenting | undefined;
  #fact: Fact | undefined;

  constructor(channel: Channel, ports: TriggerPorts) {
    this.#channel = channel;
    this.#ports = ports;
  }

  /** Whether it is declared, and its subscriber may be sent to. */
  get fact(): Fact | undefined {
    return this.#fact?.ok === true ? (this.#consent?.fact ?? this.#fact) : this.#fact;
  }

  /** Carries a plan out. Rejects what `declare` rejects with; then what ran before runs on. */
  async apply(plan: TriggerPlan): Promise<void> {
    if (!this.#declared || declaredOtherwise(this.#declared, plan)) await this.#declare(plan);
    this.#declared = plan;
    if (!plan.subscriber) {
      this.release();
      return;
    }
    if (!this.#delivered || deliveredOtherwise(this.#delivered, plan)) {
      // Usually opened with the first delivery: of ten thousand triggers most are idle.
      const next = mayBeRefused(plan) ? this.#open(plan) : undefined;
      this.#delivery?.[Symbol.dispose]();
      this.#delivery = next;
      this.#delivered = plan;
    }
    if (this.#mayConsume(plan)) this.#consume(plan);
  }

  /** Stops consuming; what is in flight settles by itself. */
  release(): void {
    this.#pauseConsumer();
    this.#consent?.[Symbol.dispose]();
    this.#consent = undefined;
    this.#delivery?.[Symbol.dispose]();
    this.#delivery = undefined;
    this.#delivered = undefined;
  }

  #pauseConsumer(): void {
    this.#consumer?.abort();
    this.#consumer = undefined;
  }

  /** Forgets what it has not delivered and begins anew with what comes next, whatever its plan's start says. */
  async begin(): Promise<void> {
    const plan = this.#declared;
    if (!plan) return;
    this.release();
    await this.#channel.forget(subscriptionName(plan));
    this.#declared = undefined;
    await this.apply({ ...plan, start: 'latest' });
  }

  #open(plan: TriggerPlan): OpenDelivery {
    try {
      return this.#ports.open(plan);
    } catch (error) {
      if (error instanceof RefusedError)
        this.#fact = { ok: false, reason: 'SubscriberRefused', message: error.message };
      throw error;
    }
  }

  async #declare(plan: TriggerPlan): Promise<void> {
    try {
      await this.#channel.declare(subscriptionOf(plan, this.#ports.inFlight));
      this.#fact = { ok: true };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#fact = {
        ok: false,
        reason: error instanceof RefusedError ? 'SubscriptionRefused' : 'ChannelUnavailable',
        message,
      };
      throw error;
    }
  }

  /** Asks for the consent that the plan wants, and stops what has none. */
  #mayConsume(plan: TriggerPlan): boolean {
    if (!plan.handshake || !this.#consent?.serves(plan)) {
      if (this.#consent || plan.handshake) this.#pauseConsumer();
      this.#consent?.[Symbol.dispose]();
      this.#consent = plan.handshake && new Consenting(plan, this.#ports.consent, () => this.#consume(plan));
    }
    return this.#consent?.fact === undefined;
  }

  #consume(plan: TriggerPlan): void {
    if (this.#consumer) return;
    const consumer = new AbortController();
    this.#consumer = consumer;
    // Read anew for each delivery: the handler may have been exchanged.
    const handle: Handle = (delivery) => {
      if (!this.#delivered) return Promise.resolve({ kind: 'release' });
      this.#delivery ??= this.#ports.open(this.#delivered);
      return this.#delivery.handle(delivery);
    };
    const paced: Handle = async (delivery) => {
      await this.#consent?.pace?.turn(consumer.signal);
      return consumer.signal.aborted ? { kind: 'release' } : handle(delivery);
    };
    this.#channel
      .consume(subscriptionName(plan), plan.handshake ? paced : handle, consumer.signal)
      .catch((error: unknown) => {
        if (this.#consumer === consumer) this.#consumer = undefined;
        if (!consumer.signal.aborted) this.#ports.failed(plan, error);
      });
  }
}

/** A trigger's subscription on its broker's channel. */
export function subscriptionName(trigger: { readonly namespace: string; readonly name: string }): string {
  return `${trigger.namespace}/${trigger.name}`;
}

function subscriptionOf(plan: TriggerPlan, inFlight: number): Subscription {
  const filter = compileFilter(plan.filter);
  return {
    name: subscriptionName(plan),
    generation: plan.generation,
    wants: filter.interest,
    matches: (event) => filter.matches(event),
    filter: JSON.stringify(plan.filter),
    start: plan.start,
    order: plan.order,
    inFlight: plan.inFlight ?? inFlight,
  };
}

/** Whether its addresses must be looked at before the first delivery. */
function mayBeRefused({ subscriber, deadLetterSink }: TriggerPlan): boolean {
  return [subscriber, deadLetterSink].some(
    (target) => target && (target.caCerts !== undefined || !/^https?:/.test(target.url)),
  );
}

function declaredOtherwise(a: TriggerPlan, b: TriggerPlan): boolean {
  return (
    a !== b &&
    !(
      a.generation === b.generation &&
      a.inFlight === b.inFlight &&
      isDeepStrictEqual([a.filter, a.order], [b.filter, b.order])
    )
  );
}

function deliveredOtherwise(a: TriggerPlan, b: TriggerPlan): boolean {
  const what = (plan: TriggerPlan): unknown => [
    plan.subscriber,
    plan.deadLetterSink,
    plan.delivery,
    plan.brokerDelivery,
    plan.inFlight,
    plan.handshake,
  ];
  return a !== b && !isDeepStrictEqual(what(a), what(b));
}
