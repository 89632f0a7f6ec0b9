import type { PingSourceSpec } from '../../crds/ping-source.ts';
import { cloudEvent } from '../../events/attributes.ts';
import type { CloudEvent } from '../../events/event.ts';

type Payload = Pick<PingSourceSpec, 'contentType' | 'data' | 'dataBase64'>;

/**
 * The event of one tick. Its id and time are the scheduled instant in UTC (`2026-01-01T09:00:00Z`): a tick that is emitted twice, by a restart or by two processes, is the same event both
 * times, since the source names the PingSource. No data = no datacontenttype. [Knative PingSource]
 */
export function pingEvent(
  source: { readonly namespace: string; readonly name: string },
  payload: Payload,
  tickMs: number,
): CloudEvent {
  const tick = rfc3339(tickMs);
  const data = bytes(payload);
  return cloudEvent(
    {
      specversion: '1.0',
      id: tick,
      source: `/apis/v1/namespaces/${source.namespace}/pingsources/${source.name}`,
      type: 'dev.knative.sources.ping',
      time: tick,
      ...(data && payload.contentType ? { datacontenttype: payload.contentType } : {}),
    },
    data,
  );
}

/** An instant in UTC, without the milliseconds if there are none. [RFC 3339] */
export function rfc3339(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z');
}

function bytes(payload: Payload): Uint8Array | undefined {
  if (payload.dataBase64) return Uint8Array.from(Buffer.from(payload.dataBase64, 'base64'));
  return payload.data ? new TextEncoder().encode(payload.data) : undefined;
}
