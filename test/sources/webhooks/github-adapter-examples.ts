import { REPO, repository, sender } from './github-adapter-parts.ts';
import { PLACE } from './github-adapter-place.ts';
import { WORK } from './github-adapter-work.ts';

/** Undefined subject: none; undefined time: that of arrival. */
export interface AdapterExample {
  readonly event: string;
  readonly payload: object;
  readonly type: string;
  readonly source: string;
  readonly subject: string | undefined;
  readonly time: string | undefined;
}

/** Every event of the adapter, and where its text has alternatives each of them. [GitHub "Webhook events and payloads"; CloudEvents adapters/github.md] */
export const ADAPTER_EXAMPLES: readonly AdapterExample[] = [...WORK, ...PLACE].map(
  ([event, more, type, subject, time, source]) => ({
    event,
    payload: { repository, sender, ...more },
    type: `com.github.${type}`,
    source: source ?? REPO,
    subject,
    time,
  }),
);
