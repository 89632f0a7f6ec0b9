import type { Clock } from '../events/clock.ts';
import { UnavailableError } from '../events/errors.ts';
import { inTime } from '../events/in-time.ts';

/**
 * What `work` settles with, if it does so within `delayMs`; else it rejects `source-unavailable` with `late` as its message. What `work` does after that is nobody's business any more, failing included.
 */
export function within<T>(
  work: Promise<T>,
  clock: Clock,
  { delayMs, late }: { readonly delayMs: number; readonly late: string },
): Promise<T> {
  return inTime(work, clock, { delayMs, late: () => new UnavailableError('source-unavailable', late) });
}

/** What `work` settles with, unless `signal` is aborted before: then it rejects at once, and what `work` does is nobody's business any more. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(new UnavailableError('shutting-down', 'the source is being stopped'));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    work.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject);
  });
}
