import type { Example } from './github-payload-parts.ts';
import { PLACE } from './github-place-payloads.ts';
import { WORK } from './github-work-payloads.ts';

/** A payload for each event of the table, with what must be read of it. */
export const EXAMPLES: readonly Example[] = [...WORK, ...PLACE].map(([event, payload, subject, extensions]) => ({
  event,
  payload,
  subject,
  extensions,
}));
