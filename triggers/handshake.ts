import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '../events/clock.ts';
import { quoted } from '../events/errors.ts';
import type { Address } from './http.ts';
import { trusting } from './http/trust.ts';

const TIMEOUT_MS = 10_000;

/** Whether a subscriber lets itself be sent to, and how often: `perMinute` is undefined for any number. */
export type Consent =
  | { readonly granted: true; readonly perMinute?: number }
  | { readonly granted: false; readonly message: string };

/**
 * Asks a subscriber whether events may be sent to it: OPTIONS to the very URL with `WebHook-Request-Origin`. Consent is `WebHook-Allowed-Origin` with that name or `*`; the status says nothing. No callback is offered:
 * who consents later is asked again later. No rate is asked for; one that is granted must be kept to. Never rejects; at most 10 s, and at once when `signal` is aborted. [CloudEvents HTTP webhook 4]
 */
export async function askConsent(
  { address, origin }: { readonly address: Address; readonly origin: string },
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Consent> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const cancel = clock.after(TIMEOUT_MS, end);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    return consentOf(await options(address, origin, ending.signal), origin);
  } catch (error) {
    if (ending.signal.aborted) return refused(`did not answer OPTIONS within ${TIMEOUT_MS / 1000} s`);
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'the request failed';
    return refused(`could not be asked by OPTIONS: ${code}`);
  } finally {
    cancel();
    signal.removeEventListener('abort', end);
  }
}

type Allowed = Readonly<Record<'origin' | 'rate', string | undefined>>;

/** What an answer to OPTIONS grants to `origin`. */
export function consentOf(allowed: Allowed, origin: string): Consent {
  if (allowed.origin === undefined)
    return refused(`does not consent: its answer to OPTIONS has no WebHook-Allowed-Origin; let it allow ${origin}`);
  if (allowed.origin !== '*' && allowed.origin.toLowerCase() !== origin.toLowerCase())
    return refused(`consents to ${quoted(allowed.origin)} alone; let it allow ${origin}`);
  if (allowed.rate === undefined || allowed.rate === '*') return { granted: true };
  if (!/^[1-9]\d{0,8}$/.test(allowed.rate))
    return refused(
      `grants the rate ${quoted(allowed.rate)}; WebHook-Allowed-Rate is a number of requests per minute, or *`,
    );
  return { granted: true, perMinute: Number(allowed.rate) };
}

function refused(message: string): Consent {
  return { granted: false, message: `the subscriber ${message}` };
}

function options({ url, caCerts }: Address, origin: string, signal: AbortSignal): Promise<Allowed> {
  return new Promise((resolve, reject) => {
    const about: RequestOptions & { secureContext?: unknown } = {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': origin },
      // A connection of its own: it is asked once.
      agent: false,
      signal,
      ...(caCerts === undefined ? {} : trusting(caCerts)),
    };
    const target = new URL(url);
    const asking = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, about, (answer) => {
      const value = (name: string): string | undefined => answer.headersDistinct[name]?.join(', ').trim();
      // What it says beside is of no interest, however long.
      answer.destroy();
      resolve({ origin: value('webhook-allowed-origin'), rate: value('webhook-allowed-rate') });
    });
    asking.on('error', reject);
    asking.end();
  });
}
