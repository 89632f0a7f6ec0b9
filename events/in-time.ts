import type { Clock } from './clock.ts';

/** What `work` settles with, if it does so in time; else rejects with what `late` makes. What it does after that is nobody's business any more. */
export function inTime<T>(
  work: Promise<T>,
  clock: Clock,
  { delayMs, late }: { readonly delayMs: number; readonly late: () => Error },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(delayMs, () => reject(late()));
    work.finally(cancel).then(resolve, reject);
  });
}
