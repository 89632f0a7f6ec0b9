import { pause } from '../events/clock.ts';
import { RefusedError, UnavailableError } from '../events/errors.ts';
import type { Registered, Registration, SourceInstance, SourcePorts } from './kind.ts';
import { errorText } from './redact.ts';
import { restartDelay } from './restart-delay.ts';
import type { Fact } from './status.ts';

/** A refusal may be cured at the sender's side (a scope, a repository), which nobody tells us: it is asked again this often. */
const REFUSED_MS = 10 * 60_000;
/** Nothing a sender asks for makes us wait longer. */
const WAIT_MS_MAX = 60 * 60_000;
const REMOVE_TRIES = 3;
/** Deleting a resource waits at most this long for a sender, tries and waits together. */
const REMOVE_MS_MAX = 30_000;

/** Of whom a registration is. */
export interface RegistrationPorts extends Pick<SourcePorts, 'clock' | 'random' | 'log' | 'positions' | 'publicUrl'> {
  readonly instance: Pick<SourceInstance, 'namespace' | 'kind' | 'name' | 'secrets'>;
  /** Where what was registered is kept. */
  readonly key: string;
}

/** `/-/sources/<namespace>/<kind in lower case>/<name>`: where the webhook of a source is called. */
export function webhookPath(source: {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}): string {
  return `/-/sources/${source.namespace}/${source.kind.toLowerCase()}/${source.name}`;
}

/**
 * Registers until it is done or `signal` is aborted: with backoff while the sender is unavailable (its `Retry-After` respected), every 10 minutes after a refusal. What it came to is told each time, and what
 * was registered is saved before that. Never rejects.
 */
export async function keepRegistered(
  registration: Registration,
  ports: RegistrationPorts,
  options: { readonly told: (fact: Fact, registered?: Registered) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { clock, log, positions, key } = ports;
  const { signal, told } = options;
  const url = publicAddress(ports);
  if (url === undefined) {
    const message = 'no public URL is known that could be registered; start weir with --public-url URL';
    log.warn('source.unregistered', { source: key, error: message });
    told({ ok: false, reason: 'PublicUrlMissing', message });
    return;
  }
  for (let tries = 1; !signal.aborted; tries += 1) {
    try {
      const registered = await registration.register(url, await positions.get(key), signal);
      await positions.save(key, registered.saved);
      log.info('source.registered', { source: key, url });
      return told({ ok: true }, registered);
    } catch (error) {
      if (signal.aborted) return;
      const message = errorText(error, ports.instance.secrets.values());
      const refused = error instanceof RefusedError;
      const asked = error instanceof UnavailableError ? (error.retryAfterMs ?? 0) : 0;
      const delayMs = refused ? REFUSED_MS : Math.min(Math.max(restartDelay(tries, ports.random), asked), WAIT_MS_MAX);
      log.warn('source.unregistered', { source: key, error: message, tries, delayMs });
      told({ ok: false, reason: refused ? 'RegistrationRefused' : 'RegistrationUnavailable', message });
      await pause(clock, delayMs, signal);
    }
  }
}

/** What a log line says of a registration that is left behind. */
export interface Left {
  /** What is left is no webhook but this. */
  readonly remains?: string;
  /** Where people find it; undefined: not known. */
  readonly hook?: string | undefined;
  /** What it calls. */
  readonly url?: string | undefined;
}

/**
 * Removes what was registered: three tries, half a minute at most, then it is left behind and logged with `left`, so that deleting a resource never waits for somebody else. Ends with
 * `signal` too. Answers whether it is removed. Never rejects.
 */
export async function unregister(
  registration: Pick<Registration, 'remove'>,
  ports: RegistrationPorts,
  options: { readonly signal: AbortSignal; readonly left: Left },
): Promise<boolean> {
  const { clock, log, positions, key, instance } = ports;
  const timeout = new AbortController();
  const cancel = clock.after(REMOVE_MS_MAX, () => timeout.abort());
  const over = AbortSignal.any([timeout.signal, options.signal]);
  const thing = options.left.remains === undefined ? 'webhook' : 'remains';
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        await registration.remove(publicAddress(ports), await positions.get(key), over);
        log.info(`source.${thing}-removed`, { source: key });
        return true;
      } catch (error) {
        const last = tries === REMOVE_TRIES || error instanceof RefusedError || over.aborted;
        const happened = { source: key, error: errorText(error, instance.secrets.values()), tries };
        if (last) {
          const by = `or remove ${options.left.remains ?? 'the webhook'} by hand`;
          const what = `it is tried again when weir is started within a day; ${by}`;
          log.warn(`source.${thing}-left`, { ...happened, ...options.left, what });
          return false;
        }
        log.warn(`source.${thing}-kept`, happened);
        await pause(clock, restartDelay(tries, ports.random), over);
      }
    }
  } finally {
    cancel();
  }
}

/** What a sender is told to call; undefined while no public URL is known. */
export function publicAddress(ports: Pick<RegistrationPorts, 'publicUrl' | 'instance'>): string | undefined {
  return ports.publicUrl === undefined ? undefined : ports.publicUrl.replace(/\/+$/, '') + webhookPath(ports.instance);
}
