import { createHash } from 'node:crypto';
import type { HttpPollSourceSpec } from '../../crds/http-poll-source.ts';
import { member, parsedJson } from '../member.ts';

/** The most items whose ids are remembered, the newest. */
export const SEEN_MAX = 2000;

/** How far polling came. */
export interface PollPosition {
  /** What is there is not emitted until the first poll is over. */
  readonly skipping?: boolean;
  /** Where the next request goes on. */
  readonly cursor?: string;
  /** What the last answer said of itself, and of which URL that was, as a hash. */
  readonly etag?: string;
  readonly lastModified?: string;
  readonly of?: string;
  /** Of items without a cursor that is past them: the hashes of their ids, the newest last. */
  readonly seen: readonly string[];
  /** Of the last document: the id of its event, and the hash of its bytes. */
  readonly last?: { readonly id: string; readonly hash: string };
}

/** What a position is about: that of another URL or other items says nothing of these. */
export function pollLabel({ url, items, id, cursor }: HttpPollSourceSpec): string {
  return shortHash(JSON.stringify([url, items ?? null, id ?? null, cursor ?? null]));
}

/** 96 bits of SHA-256, as 16 characters. */
export function shortHash(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest().subarray(0, 12).toString('base64url');
}

/** The position as it is saved. */
export function savedPosition(position: PollPosition, label: string): string {
  return JSON.stringify({ for: label, ...position });
}

/** A saved position; undefined if there is none, or if it is about something else. */
export function readPosition(saved: string | undefined, label: string): PollPosition | undefined {
  const json = parsedJson(saved ?? '');
  if (member('for')(json) !== label) return undefined;
  const text = (name: string): string | undefined => {
    const value = member(name)(json);
    return typeof value === 'string' ? value : undefined;
  };
  const seen: unknown = member('seen')(json);
  const [cursor, etag, lastModified, of] = ['cursor', 'etag', 'lastModified', 'of'].map(text);
  const [id, hash] = [text('last.id'), text('last.hash')];
  return {
    ...(member('skipping')(json) === true ? { skipping: true } : {}),
    ...(cursor === undefined ? {} : { cursor }),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(of === undefined ? {} : { of }),
    seen: Array.isArray(seen) ? seen.filter((one) => typeof one === 'string') : [],
    ...(id === undefined || hash === undefined ? {} : { last: { id, hash } }),
  };
}
