import { cloudEvent } from '../../events/attributes.ts';
import type { AttributeValue, CloudEvent } from '../../events/event.ts';
import { isMediaType } from '../../events/media-type.ts';
import { isObject } from '../member.ts';
import { subjectOf } from '../object-storage/object-key.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { optionalHeader, unreadable } from './refusals.ts';

/** What a provider says of one happening. */
export interface Told {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Empty is none; what no attribute may hold is percent-encoded. */
  readonly subject?: string | undefined;
  /** RFC 3339; undefined: the time of arrival. */
  readonly time?: string | undefined;
  /** Those without a value are left out. */
  readonly extensions?: Readonly<Record<string, AttributeValue | undefined>>;
  /** Undefined: the body, byte for byte. */
  readonly data?: Uint8Array;
  /** Undefined: that of the request, if it is a media type. */
  readonly contentType?: string;
}

/** The event of a happening. Throws `attribute-invalid`, `attribute-missing`. */
export function webhookEvent(request: WebhookRequest, told: Told): CloudEvent {
  const { id, source, type, subject, time, extensions = {}, data = request.body } = told;
  const contentType = told.contentType ?? contentTypeOf(request);
  const attributes: Record<string, AttributeValue> = { specversion: '1.0', id, source, type };
  if (subject !== undefined && subject !== '') attributes['subject'] = subjectOf(subject);
  attributes['time'] = time ?? new Date(request.receivedAtMs).toISOString();
  if (contentType !== undefined && data.byteLength > 0) attributes['datacontenttype'] = contentType;
  for (const [name, value] of Object.entries(extensions)) if (value !== undefined) attributes[name] = value;
  return data.byteLength === 0 ? cloudEvent(attributes) : cloudEvent(attributes, data);
}

/** The Content-Type of a request, undefined if it has none, several, or one that no event can carry. */
export function contentTypeOf(request: WebhookRequest): string | undefined {
  const value = optionalHeader(request, 'content-type');
  return value !== undefined && isMediaType(value) ? value : undefined;
}

/** The body as a JSON object, or why it is none: 400. */
export function jsonBody(request: WebhookRequest): { readonly payload: object } | Refusal {
  try {
    const payload: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(request.body),
    );
    if (isObject(payload)) return { payload };
  } catch {
    // Said below: what is no JSON, no UTF-8 or no object is refused alike.
  }
  return unreadable('the body is not a JSON object in UTF-8');
}

/** Seconds since 1970 as RFC 3339; undefined if it is no such number. */
export function timeOfSeconds(seconds: unknown): string | undefined {
  if (typeof seconds !== 'number' || !(seconds >= 0 && seconds < 253_402_300_800)) return undefined;
  return new Date(Math.round(seconds * 1000)).toISOString();
}
