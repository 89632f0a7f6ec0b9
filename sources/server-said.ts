import { UnavailableError } from '../events/errors.ts';

/** What went wrong at a server, as `source-unavailable`: `where`, what its client says, and what to do about it, if anything. What is `source-unavailable` already stays as it is. */
export function serverSaid(error: unknown, where: string, advice?: string): UnavailableError {
  if (error instanceof UnavailableError) return error;
  const what = (error instanceof Error ? error.message : String(error)).replace(/[.\s]+$/, '');
  const todo = advice === undefined ? '' : `; ${advice}`;
  return new UnavailableError('source-unavailable', `${where}: ${what}${todo}`, { cause: error });
}
