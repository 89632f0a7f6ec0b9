import type { BrokerRef, ChannelDriver } from '../channels/channel.ts';
import type { Clock } from '../events/clock.ts';
import type { Log } from '../events/log.ts';
import { keyOf, type Released } from './released.ts';
import type { RunningBroker } from './running-broker.ts';
import { subscriptionName } from './running-trigger.ts';

/** What deleting for good needs. */
export interface ExpiryParts {
  readonly brokers: ReadonlyMap<string, RunningBroker>;
  readonly drivers: (kind: string) => Promise<ChannelDriver>;
  readonly released: Released;
  readonly releasedMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Deletes what was released long enough ago. */
export async function expire(parts: ExpiryParts): Promise<void> {
  const { released, releasedMs, clock, log } = parts;
  for (const key of released.due(clock.now() - releasedMs)) {
    const [namespace = '', name = '', trigger] = key.split('/');
    const kind = released.brokers().get(key);
    if (trigger !== undefined) await forgetIn(parts, { namespace, name }, trigger);
    else if (kind !== undefined) await (await parts.drivers(kind)).remove({ namespace, name });
    log.info('released.forgotten', { what: key });
    await released.update({ nowMs: clock.now(), gone: [key] });
  }
}

/** The broker's store is full: gives up the trigger that was removed first, before anybody waits for it. Never rejects. */
export async function giveUpOldest(parts: ExpiryParts, broker: BrokerRef): Promise<void> {
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

async function forgetIn(parts: ExpiryParts, broker: BrokerRef, trigger: string): Promise<void> {
  const { channel } = parts.brokers.get(keyOf(broker)) ?? {};
  await channel?.forget(subscriptionName({ namespace: broker.namespace, name: trigger }));
}
