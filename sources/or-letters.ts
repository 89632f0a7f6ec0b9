import { RefusedError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import { refusedLetter } from './dead-letter.ts';

/**
 * Emits events, and in place of each that is refused for good its dead letter; the others of the same call go on, one by one and in their order. Answers what was accepted in the end. Rejects with what else `emit` rejects
 * with, and if even a dead letter is refused.
 */
export async function orLetters(
  events: readonly CloudEvent[],
  emit: (events: readonly CloudEvent[]) => Promise<void>,
  source: { readonly namespace: string; readonly kind: string; readonly name: string },
): Promise<readonly CloudEvent[]> {
  try {
    await emit(events);
    return events;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (events.length === 1) {
      const letters = events.map((event) => refusedLetter(event, error, source));
      await emit(letters);
      return letters;
    }
  }
  const accepted: CloudEvent[] = [];
  for (const event of events) accepted.push(...(await orLetters([event], emit, source)));
  return accepted;
}
