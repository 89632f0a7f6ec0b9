import type { EmbeddedLogs } from '../../channels/embedded/embedded-logs.ts';
import type { Log, Slice, StoredSubscription } from '../../channels/log/log.ts';
import type { Entry } from '../../events/entry.ts';
import type { AttributeValue } from '../../events/event.ts';

export const BROKER = { namespace: 'default', name: 'orders' };

/** An entry whose id is `id`. */
export function entry(
  id: string,
  parts: { attributes?: Record<string, AttributeValue>; data?: Uint8Array; receivedAtMs?: number } = {},
): Entry {
  const { attributes = {}, data, receivedAtMs = Date.parse('2026-01-01T00:00:00Z') } = parts;
  const named = { specversion: '1.0', id, source: '/test', type: 'test', ...attributes };
  return { event: { attributes: new Map(Object.entries(named)), ...(data && { data }) }, hops: 32, receivedAtMs };
}

export function idsOf(slice: Pick<Slice, 'entries'>): unknown[] {
  return slice.entries.map(({ event }) => event.attributes.get('id'));
}

/** What `use` makes of the owned log; ownership ends with it. */
export async function owned<T>(logs: EmbeddedLogs, use: (log: Log) => Promise<T>): Promise<T> {
  const end = new AbortController();
  const result = Promise.withResolvers<T>();
  await logs.own(async (log) => {
    await use(log).then(result.resolve, result.reject);
    end.abort();
  }, end.signal);
  return result.promise;
}

export function subscription(name: string, parts: Partial<StoredSubscription> = {}): StoredSubscription {
  return { name, generation: 1, wants: 'everything', filter: '{}', start: 'latest', order: 'none', ...parts };
}
