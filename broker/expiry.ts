import type { BrokerRef, ChannelDriver } from '../channels/channel.ts';
import type { Clock } from '../events/clock.ts';
import { UnavailableError } from '../events/errors.ts';
import type { Log } from '../events/log.ts';
import { keyOf, type Released } from './released.ts';
import type { RunningBroker } from './running-broker.ts';
import { subscriptionName } from './running-trigger.ts';

/** What deleting for good needs. */
export interface ExpiryParts {
  readonly brokers: ReadonlyMap<string, RunningBroker>;
  readonly drivers: (kind: string) => Promise<ChannelDriver>;
  /** Resolves when no channel of that broker is being closed any more. */
  readonly closed: (key: string) => Promise<void>;
  readonly released: Released;
  readonly releasedMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Deletes what was released long enough ago. What cannot be deleted now stays due, is said, and holds up nothing else. */
export async function expire(parts: ExpiryParts): Promise<void> {
  const { released, releasedMs, clock, log } = parts;
  for (const key of released.due(clock.now() - releasedMs)) {
    try {
      await deleteKept(parts, key);
    } catch (error) {
      log.error('released.failed', { what: key, error: error instanceof Error ? error.message : String(error) });
      continue;
    }
    log.info('released.forgotten', { what: key });
    await released.update({ nowMs: clock.now(), gone: [key] });
  }
}

async function deleteKept(parts: ExpiryParts, key: string): Promise<void> {
  const [namespace = '', name = '', trigger] = key.split('/');
  const kind = parts.released.brokers().get(key);
  if (trigger !== undefined) return forgetIn(parts, { namespace, name }, trigger);
  if (kind === undefined) return;
  await parts.closed(keyOf({ namespace, name }));
  await (await parts.drivers(kind)).remove({ namespace, name });
}

/** The broker's store is full: gives up the trigger that was removed first, before anybody waits for it. Never rejects. */
export async function giveUpOldest(parts: Omit<ExpiryParts, 'closed'>, broker: BrokerRef): Promise<void> {
  const prefix = `${keyOf(broker)}/`;
  const oldest = parts.released.oldest(prefix);
  if (oldest === undefined) return;
  try {
    await forgetIn(parts, broker, oldest.slice(prefix.length));
    await parts.released.update({ nowMs: parts.clock.now(), gone: [oldest] });
    parts.log.warn('released.given-up', { trigger: oldest, why: 'the store of its broker is full' });
  } catch (error) {
    parts.log.error('released.failed', {
      trigger: oldest,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

/** What channels keep of triggers, as keys: those that were removed while no process ran are among them. */
export async function keptKeys(brokers: ReadonlyMap<string, RunningBroker>): Promise<readonly string[]> {
  const all = await Promise.all(
    [...brokers.values()].map(async (broker) => (await broker.kept()).map((name) => keyOf(broker.plan, name))),
  );
  return all.flat();
}

async function forgetIn(parts: Pick<ExpiryParts, 'brokers'>, broker: BrokerRef, trigger: string): Promise<void> {
  const running = parts.brokers.get(keyOf(broker));
  // A removed broker takes its triggers along when its own time is over.
  if (!running) return;
  if (!running.channel)
    throw new UnavailableError('broker-not-ready', `broker ${keyOf(broker)}: its channel is not open; tried again`);
  await running.channel.forget(subscriptionName({ namespace: broker.namespace, name: trigger }));
}
