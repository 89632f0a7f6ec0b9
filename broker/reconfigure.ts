import type { BrokerRef, Channel, ChannelDriver } from '../channels/channel.ts';
import type { Clock } from '../events/clock.ts';
import { RefusedError, UnavailableError } from '../events/errors.ts';
import type { Log } from '../events/log.ts';
import type { Metrics } from '../events/metrics.ts';
import { Turns } from '../events/turns.ts';
import type { BrokerPlan, Facts, NamespacedName, Plan, SinkName, TriggerPlan } from '../resources/plan.ts';
import { expire, giveUpOldest, keptKeys } from './expiry.ts';
import { keyOf, type Released } from './released.ts';
import { RetryTimer } from './retry-timer.ts';
import type { Routes } from './routes.ts';
import { RunningBroker, type Outcome } from './running-broker.ts';
import type { RunningSinks } from './running-sinks.ts';
import type { RunningSources } from './running-sources.ts';
import { showRoute } from './show-route.ts';
import { subscriptionName, type RunningTrigger, type TriggerPorts } from './running-trigger.ts';

/** What carrying out a plan needs of the process. */
export interface ReconfigureParts {
  readonly drivers: (kind: string) => Promise<ChannelDriver>;
  readonly routes: Routes;
  readonly sources: RunningSources;
  readonly sinks: RunningSinks;
  readonly triggers: Omit<TriggerPorts, 'failed' | 'consent'>;
  readonly released: Released;
  readonly releasedMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Called when facts may have changed. */
  readonly changed: () => void;
}

const EXPIRE_MS_MIN = 1000;
const LOOK_MS = 10_000;

/** Makes what runs what a plan says, while it runs: what did not change is not disturbed, one broker's trouble is not another's. One owner of all brokers of the process. */
export class Reconfigure implements Facts {
  readonly #parts: ReconfigureParts;
  readonly #brokers = new Map<string, RunningBroker>();
  /** Brokers that wait for what is in flight. */
  readonly #closing = new Map<string, Promise<void>>();
  #next: Plan | undefined;
  #plan: Plan | undefined;
  /** `<namespace>/<trigger>` -> the key of its broker. */
  #brokerOf: ReadonlyMap<string, string> = new Map();
  /** A plan that is carried out, a trigger that is forgotten or given up: what one reads, another must not change meanwhile. */
  readonly #turns = new Turns();
  readonly #retry: RetryTimer;
  #working: Promise<void> | undefined;
  #cancelExpiry: () => void = () => undefined;
  #cancelLook: () => void = () => undefined;
  /** The next time a plan is carried out, what channels keep is compared with it. */
  #looking = true;
  #closed = false;
  #givingUp: Promise<void> | undefined;

  constructor(parts: ReconfigureParts) {
    this.#parts = parts;
    this.#retry = new RetryTimer(parts.clock, () => this.#again());
  }

  /** Resolves when this plan or a later one is carried out as far as possible now; what must wait is tried again later by itself. */
  apply(plan: Plan): Promise<void> {
    this.#next = plan;
    this.#working ??= this.#turns.take(() => this.#work());
    return this.#working;
  }

  broker(name: NamespacedName): ReturnType<Facts['broker']> {
    return this.#brokers.get(keyOf(name))?.fact;
  }

  trigger(name: NamespacedName): ReturnType<Facts['trigger']> {
    return this.#running(name)?.fact;
  }

  sink(name: SinkName): ReturnType<Facts['sink']> {
    return this.#parts.sinks.fact(name);
  }

  source(name: NamespacedName & { readonly kind: string }): ReturnType<Facts['source']> {
    return this.#parts.sources.facts(name);
  }

  /** The plan that is carried out; undefined before the first. */
  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** Open channels with their brokers. */
  channels(): readonly (readonly [BrokerRef, Channel])[] {
    return [...this.#brokers.values()].flatMap(({ plan, channel }) => (channel ? [[plan, channel] as const] : []));
  }

  /** Why it is not ready: brokers that are declared and cannot take events. */
  waiting(): readonly string[] {
    if (!this.#plan) return ['the resources are not read yet'];
    return [...this.#brokers.values()].flatMap(({ plan, fact }) => {
      if (fact?.ok === true) return [];
      return [`broker ${keyOf(plan)}: ${fact ? fact.message : 'its channel is being opened'}`];
    });
  }

  /**
   * Drops at once what a trigger has not delivered yet; one that is still declared begins anew with what comes next. Rejects `subscription-unknown` if nothing is kept of it,
   * `broker-not-ready`.
   */
  forget(broker: BrokerRef, trigger: string): Promise<void> {
    return this.#turns.take(() => this.#forget(broker, trigger));
  }

  async #forget(broker: BrokerRef, trigger: string): Promise<void> {
    const running = this.#brokers.get(keyOf(broker));
    if (!running?.channel)
      throw new UnavailableError(
        'broker-not-ready',
        `broker ${keyOf(broker)}: is not ready; \`weir describe broker ${broker.name}\` says why`,
      );
    const declared = running.trigger(trigger);
    if (!declared && !(await running.kept()).includes(trigger)) {
      throw new RefusedError(
        'subscription-unknown',
        `trigger ${keyOf(broker, trigger)}: there is none, declared or kept; \`weir get triggers\` lists them`,
      );
    }
    if (declared) await declared.begin();
    else await running.channel.forget(subscriptionName({ namespace: broker.namespace, name: trigger }));
    await this.#parts.released.update({ nowMs: this.#parts.clock.now(), gone: [keyOf(broker, trigger)] });
    this.#parts.log.info('trigger.forgotten', { trigger: keyOf(broker, trigger) });
  }

  /** The broker's store is full: what was removed first is given up first. */
  async full(broker: BrokerRef): Promise<void> {
    this.#givingUp ??= this.#turns
      .take(() => giveUpOldest({ ...this.#parts, brokers: this.#brokers }, broker))
      .finally(() => (this.#givingUp = undefined));
    await this.#givingUp;
  }

  #running(name: NamespacedName): RunningTrigger | undefined {
    const key = this.#brokerOf.get(subscriptionName(name));
    return key === undefined ? undefined : this.#brokers.get(key)?.trigger(name.name);
  }

  /** Ends every consumer, waits for what is in flight, closes every channel. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry.cancel();
    this.#cancelExpiry();
    this.#cancelLook();
    await this.#turns.take(async () => {
      await Promise.all([...this.#closing.values(), ...[...this.#brokers.values()].map((broker) => broker.close())]);
    });
  }

  async #work(): Promise<void> {
    try {
      while (this.#next && !this.#closed) {
        const plan = this.#next;
        this.#next = undefined;
        const outcome = await this.#carryOut(plan);
        this.#tryAgain(outcome);
        this.#parts.changed();
      }
    } finally {
      this.#working = undefined;
    }
  }

  #failed(plan: TriggerPlan, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.log.warn('trigger.failed', { trigger: subscriptionName(plan), broker: plan.broker, error: message });
    // A consumer that ended comes back with the next time the plan is carried out.
    if (!this.#working) this.#tryAgain('later');
  }

  #tryAgain(outcome: Outcome): void {
    if (outcome === 'done' || this.#closed) this.#retry.done();
    else this.#retry.failed();
  }

  /** A channel may learn what it keeps only some time after it opened. */
  #look(): void {
    this.#looking = true;
    this.#again();
  }

  #again(): void {
    if (this.#plan && !this.#next) void this.apply(this.#plan);
  }

  async #carryOut(plan: Plan): Promise<Outcome> {
    const { clock } = this.#parts;
    if (!this.#plan) this.#cancelLook = clock.after(LOOK_MS, () => this.#look());
    this.#plan = plan;
    this.#brokerOf = new Map(
      plan.triggers.map((trigger) => [
        subscriptionName(trigger),
        keyOf({ namespace: trigger.namespace, name: trigger.broker }),
      ]),
    );
    await this.#parts.sinks.apply(plan.sinks);
    const wanted = new Map(plan.brokers.map((broker) => [keyOf(broker), broker]));
    for (const [key, broker] of this.#brokers) this.#dropUnwanted(key, broker, wanted.get(key));
    const byBroker = Map.groupBy(plan.triggers, (trigger) =>
      keyOf({ namespace: trigger.namespace, name: trigger.broker }),
    );
    const outcomes = await Promise.all(
      plan.brokers.map((broker) => this.#carryOutBroker(broker, byBroker.get(keyOf(broker)) ?? [])),
    );
    await this.#parts.sources.apply(plan.sources, plan.removedSources);
    const remembered = await this.#remember(
      plan,
      outcomes.flatMap((one) => one.released),
    );
    return remembered && outcomes.every((one) => one.outcome === 'done') ? 'done' : 'later';
  }

  /** Writes down what is declared and what was released, and deletes what was released long enough ago. False if the disk does not take it: the list is made anew with the next try. */
  async #remember(plan: Plan, justReleased: readonly string[]): Promise<boolean> {
    const { released, clock, log } = this.#parts;
    try {
      const kept = this.#looking ? await keptKeys(this.#brokers) : [];
      await released.follow(plan, { nowMs: clock.now(), released: [...kept, ...justReleased] });
      this.#looking = false;
      await this.#expire();
      return true;
    } catch (error) {
      this.#looking = true;
      log.error('released.failed', {
        what: 'released.json',
        error: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
  }

  /** Closes a broker that is no longer declared, or declared with another channel: beside everything else, as an attempt in flight may take as long as its timeout. */
  #dropUnwanted(key: string, broker: RunningBroker, plan: BrokerPlan | undefined): void {
    if (plan && broker.serves(plan)) return;
    this.#parts.routes.delete(broker.plan);
    this.#brokers.delete(key);
    this.#parts.log.info('broker.closed', { broker: key });
    const closing = broker
      .close()
      .catch((error: unknown) => this.#parts.log.error('broker.close-failed', { broker: key, error: String(error) }))
      .finally(() => this.#closing.delete(key));
    this.#closing.set(key, closing);
  }

  async #carryOutBroker(
    plan: BrokerPlan,
    triggers: readonly TriggerPlan[],
  ): Promise<{ outcome: Outcome; released: readonly string[] }> {
    const key = keyOf(plan);
    let broker = this.#brokers.get(key);
    if (!broker)
      this.#brokers.set(
        key,
        (broker = new RunningBroker(plan, {
          ...this.#parts.triggers,
          consent: this.#parts,
          failed: (of, error) => this.#failed(of, error),
        })),
      );
    if (!broker.channel) {
      showRoute(broker, this.#parts);
      await this.#closing.get(key);
      const outcome = await broker.open(this.#parts.drivers);
      if (!broker.channel) {
        showRoute(broker, this.#parts);
        if (broker.fact?.ok === false)
          this.#parts.log.warn('broker.not-ready', { broker: key, error: broker.fact.message });
        return { outcome, released: [] };
      }
    }
    const { outcome, released } = await broker.apply(triggers);
    // Only now: an event must not come in before the triggers that are to see it are declared.
    showRoute(broker, this.#parts);
    return { outcome, released: released.map((name) => keyOf(plan, name)) };
  }

  /** Deletes what was released long enough ago, and comes back when the next is due. */
  async #expire(): Promise<void> {
    const { released, releasedMs, clock } = this.#parts;
    await expire({ ...this.#parts, brokers: this.#brokers, closed: async (key) => this.#closing.get(key) });
    this.#cancelExpiry();
    const { oldestMs } = released;
    if (oldestMs === undefined || this.#closed) return;
    this.#cancelExpiry = clock.after(Math.max(oldestMs + releasedMs - clock.now(), EXPIRE_MS_MIN), () => {
      this.#again();
    });
  }
}
