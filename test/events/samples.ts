import type { AttributeValue, CloudEvent } from '../../events/event.ts';
import { decodeHttp } from '../../events/http/decode.ts';

/** The attributes that every event needs, and no more. */
export const REQUIRED = { specversion: '1.0', id: '1', source: '/test', type: 'com.example.test' } as const;

/** The same as headers of binary mode. */
export const REQUIRED_HEADERS: readonly string[] = Object.entries(REQUIRED).flatMap(([n, v]) => [`ce-${n}`, v]);

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(data: Uint8Array | undefined): string | undefined {
  return data && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
}

/** A structured body: the required members and these. */
export function json(members: Readonly<Record<string, unknown>> = {}): Uint8Array {
  return bytes(JSON.stringify({ ...REQUIRED, ...members }));
}

/** A structured body with members written out: `raw('"data": 1.0')`. */
export function raw(members: string): Uint8Array {
  return bytes(`${JSON.stringify(REQUIRED).slice(0, -1)},${members}}`);
}

/** The one event of a message, or a failure of the test. */
export function received(headers: readonly string[], body: Uint8Array | string = ''): CloudEvent {
  const decoded = decodeHttp({ rawHeaders: headers, body: typeof body === 'string' ? bytes(body) : body });
  if (decoded.kind !== 'event') throw new Error(`a ${decoded.kind}, where one event was expected`);
  return decoded.event;
}

/** What makes two events the same: attributes with their types, and the bytes of data. */
export function plain(event: CloudEvent): {
  readonly attributes: Record<string, AttributeValue>;
  readonly data?: string;
} {
  const attributes = Object.fromEntries([...event.attributes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return event.data === undefined ? { attributes } : { attributes, data: Buffer.from(event.data).toString('hex') };
}
