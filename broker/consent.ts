import { type Clock, pause } from '../events/clock.ts';
import type { Log } from '../events/log.ts';
import type { Fact, TriggerPlan } from '../resources/plan.ts';
import { withoutUserinfo } from '../triggers/dead-letter.ts';
import { askConsent } from '../triggers/handshake.ts';
import { pace, type Pace } from '../triggers/pace.ts';

const ASK_AGAIN_MS = 1000;
const ASK_AGAIN_MS_MAX = 5 * 60_000;

/** What asking a subscriber for its consent needs of the process. */
export interface ConsentPorts {
  readonly clock: Clock;
  readonly log: Log;
  /** Called when `fact` changed by itself. */
  readonly changed: () => void;
}

/**
 * The consent of one trigger's subscriber: asked for until it is granted (after 1 s, 2 s, ... 5 min), and kept as long as the process runs and the address stays. It is not stored: asking costs one request, and
 * what was granted to another process may have been withdrawn since.
 */
export class Consenting implements Disposable {
  readonly #stop = new AbortController();
  /** Where it is asked for, and as whom. */
  readonly #key: string;
  /** Why nothing may be sent yet; undefined: it may. */
  fact: Fact | undefined = {
    ok: false,
    reason: 'HandshakePending',
    message: 'the subscriber is asked for its consent',
  };
  /** How often it may be sent; undefined: any number. */
  pace: Pace | undefined;

  /** `granted` is called once, when it is. */
  constructor(plan: TriggerPlan, ports: ConsentPorts, granted: () => void) {
    this.#key = keyOf(plan);
    void this.#ask(plan, ports, granted);
  }

  /** Whether it is about this plan too. */
  serves(plan: TriggerPlan): boolean {
    return this.#key === keyOf(plan);
  }

  /** Stops asking; idempotent. */
  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  async #ask(plan: TriggerPlan, { clock, log, changed }: ConsentPorts, granted: () => void): Promise<void> {
    const { signal } = this.#stop;
    const { subscriber, handshake } = plan;
    if (!subscriber || !handshake) return;
    const trigger = `${plan.namespace}/${plan.name}`;
    for (let delayMs = ASK_AGAIN_MS; !signal.aborted; delayMs = Math.min(delayMs * 2, ASK_AGAIN_MS_MAX)) {
      const consent = await askConsent({ address: subscriber, origin: handshake.origin }, { clock, signal });
      if (signal.aborted) return;
      if (consent.granted) {
        const { perMinute } = consent;
        this.pace = perMinute === undefined ? undefined : pace(perMinute, clock);
        this.fact = undefined;
        log.info('trigger.consent', { trigger, url: withoutUserinfo(subscriber.url), perMinute });
        granted();
        changed();
        return;
      }
      const { message } = consent;
      log.warn('trigger.no-consent', { trigger, url: withoutUserinfo(subscriber.url), error: message, delayMs });
      const before = this.fact?.ok === false ? this.fact.message : '';
      this.fact = { ok: false, reason: 'HandshakeRefused', message };
      if (before !== message) changed();
      await pause(clock, delayMs, signal);
    }
  }
}

function keyOf({ subscriber, handshake }: TriggerPlan): string {
  return JSON.stringify([subscriber?.url, subscriber?.caCerts, handshake?.origin]);
}
