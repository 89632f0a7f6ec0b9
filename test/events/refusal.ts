import { RefusedError, type ErrorCode } from '../../events/errors.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly message: string;
}

/** How `run` is refused; undefined if it is not. Anything else that it throws is a bug and goes on. */
export function refusal(run: () => unknown): Refusal | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof RefusedError) return { code: error.code, path: error.path, message: error.message };
    throw error;
  }
  return undefined;
}
