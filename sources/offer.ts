import { type Clock, pause } from '../events/clock.ts';
import { UnavailableError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import type { Log } from '../events/log.ts';
import type { Random } from '../events/random.ts';
import { orLetters } from './or-letters.ts';
import { restartDelay } from './restart-delay.ts';
import type { SourceContext } from './source.ts';
import { sourceKey } from './source-key.ts';

/** Of whom the events are, and through what they wait. */
export interface OfferPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/**
 * Emits events until they are accepted: again with backoff (1 s, doubled, at most 5 min; not before what the sink asks for) while the sink is unavailable. What the sink refuses for good would stand in the
 * way of everything behind it: in its place a dead letter is emitted, the others of the same call go on. Resolves when each is accepted or has its dead letter. Rejects when the source is to stop, and
 * if even a dead letter is refused.
 */
export async function offer(
  events: readonly CloudEvent[],
  context: Pick<SourceContext, 'emit' | 'signal'>,
  ports: OfferPorts,
): Promise<void> {
  await orLetters(events, (some) => patiently(some, context, ports), ports);
}

async function patiently(
  events: readonly CloudEvent[],
  context: Pick<SourceContext, 'emit' | 'signal'>,
  { clock, random, log, namespace, kind, name }: OfferPorts,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await context.emit(events);
    } catch (error) {
      if (!(error instanceof UnavailableError) || context.signal.aborted) throw error;
      const delayMs = Math.max(restartDelay(tries, random), error.retryAfterMs ?? 0);
      const source = sourceKey({ namespace, kind, name });
      log.warn('source.emit-failed', { source, code: error.code, error: error.message, tries, delayMs });
      await pause(clock, delayMs, context.signal);
      if (context.signal.aborted) throw error;
    }
  }
}
