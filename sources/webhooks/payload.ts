import { isTimestamp } from '../../events/timestamp.ts';
import { isUriReference } from '../../events/uri.ts';
import { member } from '../member.ts';
import { timeOfSeconds } from './webhook-event.ts';

/** What lies at `names`, joined by dots, as text: text that is not empty, or the digits of a whole number. Undefined wherever the payload is not so. */
export function textAt(payload: unknown, names: string): string | undefined {
  const value = member(names)(payload);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The first of several places that holds text. */
export function firstText(payload: unknown, ...places: readonly string[]): string | undefined {
  for (const names of places) {
    const text = textAt(payload, names);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The first of several places that holds a URI reference: what `source` may be. */
export function firstUri(payload: unknown, ...places: readonly string[]): string | undefined {
  for (const names of places) {
    const text = textAt(payload, names);
    if (text !== undefined && isUriReference(text)) return text;
  }
  return undefined;
}

/** The first of several places that holds a time. */
export function firstTime(payload: unknown, ...places: readonly string[]): string | undefined {
  for (const names of places) {
    const time = payloadTime(member(names)(payload));
    if (time !== undefined) return time;
  }
  return undefined;
}

// GitLab writes `2015-05-17 18:08:09 UTC`, Bitbucket Data Center `2017-09-19T09:58:11+1000`.
const NEARLY = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?) ?(?:UTC|Z|([+-]\d\d):?(\d\d))$/;

/** A time as senders write it, in RFC 3339: that itself, a blank for the `T`, `UTC` for `Z`, an offset without its colon, or seconds since 1970. Undefined if it is none. */
export function payloadTime(value: unknown): string | undefined {
  if (typeof value === 'number') return timeOfSeconds(value);
  if (typeof value !== 'string') return undefined;
  if (isTimestamp(value)) return value;
  const [, day, time, hours, minutes] = NEARLY.exec(value) ?? [];
  const written = `${day}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`;
  return isTimestamp(written) ? written : undefined;
}
