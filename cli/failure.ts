import { RefusedError, UnavailableError, type ErrorCode } from '../events/errors.ts';

/** Exit code of what did what it was asked for. */
export const DONE = 0;
/** It failed, or the answer is no. */
export const FAILED = 1;
/** Wrong usage, or refused input. */
export const USAGE = 2;
/** A second signal. */
export const INTERRUPTED = 130;

/** Refusals that are no fault of what was typed or written. */
const FAILURES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'port-in-use',
  'not-running',
  'not-found',
  'broker-unknown',
  'subscription-unknown',
  'dead-letter-unknown',
  'unauthorized',
  'forbidden',
  'data-folder-in-use',
  'data-folder-newer',
  'data-folder-damaged',
  'disk-failed',
]);

/** One line for stderr and the exit code of an error. A bug shows its stack, so that it can be reported. */
export function failure(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof RefusedError) {
    return { text: `weir: ${oneLine(error.message)}\n`, exitCode: FAILURES.has(error.code) ? FAILED : USAGE };
  }
  if (error instanceof UnavailableError) return { text: `weir: ${oneLine(error.message)}\n`, exitCode: FAILED };
  return {
    text: `weir: a bug in Weir: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    exitCode: FAILED,
  };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, '; ');
}
