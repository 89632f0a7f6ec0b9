import { isDeepStrictEqual } from 'node:util';
import { inspectable } from '../channels/abilities.ts';
import type { Channel, ChannelDriver } from '../channels/channel.ts';
import { RefusedError } from '../events/errors.ts';
import type { BrokerPlan, Fact, TriggerPlan } from '../resources/plan.ts';
import { RunningTrigger, subscriptionName, type TriggerPorts } from './running-trigger.ts';

/** How many declarations are under way at once: they share the channel's commits. */
const DECLARED_AT_ONCE = 256;

/** What became of carrying something out: `later` = what is missing may come by itself, so try again. */
export type Outcome = 'done' | 'later';

/** One declared broker: its channel, and a running trigger for each that is declared on it. Its methods are not called while another is under way. */
export class RunningBroker {
  readonly plan: BrokerPlan;
  readonly #ports: TriggerPorts;
  readonly #triggers = new Map<string, RunningTrigger>();
  /** Open, or undefined; `fact` says why. */
  channel: Channel | undefined;
  fact: Fact | undefined;

  constructor(plan: BrokerPlan, ports: TriggerPorts) {
    this.plan = plan;
    this.#ports = ports;
  }

  /** Whether its channel serves this plan too. */
  serves(plan: BrokerPlan): boolean {
    return isDeepStrictEqual(this.plan.channel, plan.channel);
  }

  /** Opens its channel; never rejects. */
  async open(drivers: (kind: string) => Promise<ChannelDriver>): Promise<Outcome> {
    try {
      const driver = await drivers(this.plan.channel.kind);
      this.channel = await driver.open(this.plan, this.plan.channel.config);
      this.fact = { ok: true };
      return 'done';
    } catch (error) {
      const refused = error instanceof RefusedError;
      this.fact = {
        ok: false,
        reason: refused ? 'ChannelRefused' : 'ChannelUnavailable',
        message: error instanceof Error ? error.message : String(error),
      };
      return refused ? 'done' : 'later';
    }
  }

  /** Makes these its triggers, all others are released; never rejects. Names of the released are answered. */
  async apply(
    plans: readonly TriggerPlan[],
  ): Promise<{ readonly outcome: Outcome; readonly released: readonly string[] }> {
    const { channel } = this;
    if (!channel) return { outcome: 'done', released: [] };
    const wanted = new Set(plans.map((plan) => plan.name));
    const released = [...this.#triggers.keys()].filter((name) => !wanted.has(name));
    for (const name of released) this.#release(name);
    let outcome: Outcome = 'done';
    for (let i = 0; i < plans.length; i += DECLARED_AT_ONCE) {
      const some = await Promise.all(plans.slice(i, i + DECLARED_AT_ONCE).map((plan) => this.#applyOne(channel, plan)));
      if (some.includes('later')) outcome = 'later';
    }
    return { outcome, released };
  }

  trigger(name: string): RunningTrigger | undefined {
    return this.#triggers.get(name);
  }

  /** Names of triggers its channel keeps something for, declared or not; none if it cannot say. */
  async kept(): Promise<readonly string[]> {
    const states = (this.channel && (await inspectable(this.channel)?.subscriptions())) ?? [];
    const prefix = subscriptionName({ namespace: this.plan.namespace, name: '' });
    return states.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  }

  /** Releases its triggers and disposes its channel, which waits for what is in flight. */
  async close(): Promise<void> {
    for (const name of this.#triggers.keys()) this.#release(name);
    const { channel } = this;
    this.channel = undefined;
    await channel?.[Symbol.asyncDispose]();
  }

  #release(name: string): void {
    this.#triggers.get(name)?.release();
    this.#triggers.delete(name);
  }

  async #applyOne(channel: Channel, plan: TriggerPlan): Promise<Outcome> {
    let trigger = this.#triggers.get(plan.name);
    if (!trigger) this.#triggers.set(plan.name, (trigger = new RunningTrigger(channel, this.#ports)));
    try {
      await trigger.apply(plan);
      return 'done';
    } catch (error) {
      this.#ports.failed(plan, error);
      return error instanceof RefusedError ? 'done' : 'later';
    }
  }
}
