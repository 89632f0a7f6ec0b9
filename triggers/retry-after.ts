const STATUSES: ReadonlySet<number> = new Set([429, 503]);
const SECONDS = /^\d{1,10}$/;
// The three forms of RFC 9110, 5.6.7: all begin with the name of a day. Date.parse alone takes far more than dates.
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/**
 * How long an answer asks to wait, in ms: `Retry-After` as seconds or as an HTTP date, on 429 and 503 only; undefined when there is none or it cannot be read. A date that has
 * passed is 0. [RFC 9110, 10.2.3; Knative delivery Retry-After]
 */
export function retryAfterMs(status: number, value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined || !STATUSES.has(status)) return undefined;
  const text = value.trim();
  if (SECONDS.test(text)) return Number(text) * 1000;
  if (!HTTP_DATE.test(text)) return undefined;
  // asctime carries no zone and means UTC.
  const atMs = Date.parse(/GMT|UTC|[+-]\d{4}$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
