import { type KeyObject, X509Certificate } from 'node:crypto';
import type { Clock } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { CallApi } from '../api-call.ts';
import { within } from '../within.ts';

/** So many certificates are kept; the oldest goes first. */
const KEPT_MAX = 16;
const KEPT_MS = 24 * 3_600_000;
/** So many are fetched at the same time: whoever sends us the names of certificates does not decide how much we fetch. */
const FETCHES_MAX = 4;
const FETCH_MS = 10_000;

/** Signing certificates by URL. */
export interface Certificates {
  /**
   * The public key of the certificate at `url`, which must be a host that was checked before; `'none'`: there is no certificate that is valid now. Kept for a day, at most 16. Rejects `source-unavailable`
   * if it cannot be fetched now.
   */
  key(url: string, signal: AbortSignal): Promise<KeyObject | 'none'>;
}

interface Kept {
  readonly key: KeyObject;
  readonly untilMs: number;
}

/** Certificates that are fetched by `call`. `expires`: one that is out of date is none. */
export function certificates(
  { call, clock }: { readonly call: CallApi; readonly clock: Clock },
  { expires }: { readonly expires: boolean },
): Certificates {
  const kept = new Map<string, Kept>();
  const underWay = new Map<string, Promise<KeyObject | 'none'>>();

  async function fetched(url: string, signal: AbortSignal): Promise<KeyObject | 'none'> {
    const answer = await within(call({ method: 'GET', url, headers: {} }, signal), clock, {
      delayMs: FETCH_MS,
      late: `${url} did not answer; the request cannot be verified now`,
    }).catch((error: unknown) => {
      if (error instanceof UnavailableError) throw error;
      throw unavailable(`${url} cannot be fetched; the request cannot be verified now`);
    });
    if (answer.status >= 500 || answer.status === 429)
      throw unavailable(`${url} was answered ${answer.status}; the request cannot be verified now`);
    const certificate = answer.status === 200 ? parsed(answer.body) : undefined;
    if (!certificate) return 'none';
    const now = clock.now();
    const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    if (expires && !(fromMs <= now && now < toMs)) return 'none';
    kept.set(url, { key: certificate.publicKey, untilMs: Math.min(now + KEPT_MS, expires ? toMs : Infinity) });
    for (const oldest of kept.keys()) if (kept.size > KEPT_MAX) kept.delete(oldest);
    return certificate.publicKey;
  }

  return {
    async key(url, signal) {
      const known = kept.get(url);
      if (known && clock.now() < known.untilMs) return known.key;
      kept.delete(url);
      const others = underWay.get(url);
      if (others) return others;
      if (underWay.size >= FETCHES_MAX) throw unavailable('too many certificates are being fetched; send it again');
      const fetch = fetched(url, signal).finally(() => underWay.delete(url));
      underWay.set(url, fetch);
      return fetch;
    },
  };
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function unavailable(message: string): UnavailableError {
  return new UnavailableError('source-unavailable', message);
}
