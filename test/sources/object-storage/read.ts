import { readFileSync } from 'node:fs';
import type { ObjectStorageProvider } from '../../../crds/object-storage-http.ts';
import type { CloudEvent } from '../../../events/event.ts';
import { eventsOf } from '../../../sources/object-storage/notification.ts';
import { READERS } from '../../../sources/object-storage/readers.ts';

/** The source that dead letters are of. */
export const SOURCE = { namespace: 'default', kind: 'ObjectStorageSource', name: 'it' };

/** The events of a notification, as a source of that provider emits them. */
export function read(
  provider: ObjectStorageProvider,
  body: string | Uint8Array | object,
  rawHeaders: readonly string[] = ['Content-Type', 'application/json'],
): readonly CloudEvent[] {
  return eventsOf(READERS[provider]({ rawHeaders, body: bytes(body) }), SOURCE);
}

/** Everything of an event as one flat object; JSON data parsed. */
export function flat(event: CloudEvent | undefined): Record<string, unknown> {
  if (!event) return {};
  const attributes = Object.fromEntries(event.attributes);
  const text = event.data && Buffer.from(event.data).toString();
  if (text === undefined) return attributes;
  try {
    return { ...attributes, data: JSON.parse(text) };
  } catch {
    return { ...attributes, data: text };
  }
}

/** The events, flat. */
export function readFlat(...args: Parameters<typeof read>): Record<string, unknown>[] {
  return read(...args).map(flat);
}

/** What a MinIO posted, byte for byte. */
export function captured(name: string): string {
  const capture: { readonly raw: string } = JSON.parse(
    readFileSync(new URL(`../../fixtures/minio/${name}.json`, import.meta.url), 'utf8'),
  );
  return capture.raw;
}

/** What a MinIO gave to a target other than a webhook. */
export function target(name: string): { readonly body?: object; readonly elements?: object; readonly fields?: object } {
  return JSON.parse(readFileSync(new URL(`../../fixtures/minio/target-${name}.json`, import.meta.url), 'utf8')).message;
}

function bytes(body: string | Uint8Array | object): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
