import { isRefusal, type RedisLink, type RedisReply } from './link.ts';

/** Fetched by one command, and so the most events of one emit of an entry each. */
const COUNT = 500;
/** An entry that nobody acknowledged for so long belongs to a consumer that is gone. */
const CLAIM_IDLE_MS = 5 * 60_000;

/** One entry of a stream. */
export interface RedisEntry {
  readonly id: string;
  /** Field, value, field, value, as they were added. */
  readonly fields: readonly Buffer[];
}

/** What was handed to a consumer. */
export interface RedisBatch {
  /** Those that are still in the stream. */
  readonly entries: readonly RedisEntry[];
  /** The ids of the others: deleted or trimmed away before they were acknowledged. */
  readonly deleted: readonly string[];
}

/** A stream and one of its groups. */
export interface RedisGroup {
  readonly stream: string;
  readonly group: string;
}

/** Creates the group where it is missing, and the stream with it: after `from`. Answers whether it was missing. */
export async function joinGroup(link: RedisLink, { stream, group }: RedisGroup, from: string): Promise<boolean> {
  try {
    await link.call(['XGROUP', 'CREATE', stream, group, from, 'MKSTREAM']);
    return true;
  } catch (error) {
    if (isRefusal(error) && error.message.startsWith('BUSYGROUP')) return false;
    throw error;
  }
}

/** Removes the group, with what it had handed out; nothing there = done. */
export async function removeGroup(link: RedisLink, { stream, group }: RedisGroup): Promise<void> {
  // Of a stream that is gone, the command is an error.
  if ((await link.call(['EXISTS', stream])) === 1) await link.call(['XGROUP', 'DESTROY', stream, group]);
}

/** Up to 500 entries for a consumer: new ones (`>`), waited for up to `blockMs`, or those it has not acknowledged yet after an id. */
export async function readGroup(
  link: RedisLink,
  { stream, group }: RedisGroup,
  { consumer, after, blockMs }: { readonly consumer: string; readonly after: string; readonly blockMs: number },
): Promise<RedisBatch> {
  const block = after === '>' ? ['BLOCK', blockMs] : [];
  const command = ['XREADGROUP', 'GROUP', group, consumer, 'COUNT', COUNT, ...block, 'STREAMS', stream, after];
  const reply = await link.call(command, blockMs);
  return batch(at(at(reply, 0), 1));
}

/** Settles entries of the group, whoever reads them. */
export async function acknowledge(link: RedisLink, group: RedisGroup, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await link.call(['XACK', group.stream, group.group, ...ids]);
}

/** Takes over up to 500 entries that a consumer left lying for five minutes, from `cursor` on. `next` is `0-0` when there are no more. */
export async function claimIdle(
  link: RedisLink,
  { stream, group }: RedisGroup,
  { consumer, cursor }: { readonly consumer: string; readonly cursor: string },
): Promise<RedisBatch & { readonly next: string }> {
  const reply = await link.call(['XAUTOCLAIM', stream, group, consumer, CLAIM_IDLE_MS, cursor, 'COUNT', COUNT]);
  const { entries, deleted } = batch(at(reply, 1));
  // Since 7.0 those that are gone come apart, settled already; before they came among the others, as nothing.
  return { entries, deleted: [...deleted, ...list(at(reply, 2)).map(text)], next: text(at(reply, 0)) };
}

/** What the server knows of the group: the id up to which entries were handed out, and how many came after it (undefined: it cannot tell). */
export async function groupFacts(
  link: RedisLink,
  { stream, group }: RedisGroup,
): Promise<{ readonly delivered: string | undefined; readonly lag: number | undefined }> {
  for (const reply of list(await link.call(['XINFO', 'GROUPS', stream]))) {
    const facts = factsOf(reply);
    if (text(facts.get('name') ?? null) !== group) continue;
    const lag = facts.get('lag');
    return {
      delivered: text(facts.get('last-delivered-id') ?? null),
      lag: typeof lag === 'number' ? lag : undefined,
    };
  }
  return { delivered: undefined, lag: undefined };
}

/** The highest id that a stream has had; `0-0`: there is no stream. */
export async function lastId(link: RedisLink, stream: string): Promise<string> {
  try {
    return text(factsOf(await link.call(['XINFO', 'STREAM', stream])).get('last-generated-id') ?? null);
  } catch (error) {
    if (isRefusal(error) && /no such key/i.test(error.message)) return '0-0';
    throw error;
  }
}

function factsOf(reply: RedisReply): ReadonlyMap<string, RedisReply> {
  const facts = new Map<string, RedisReply>();
  const items = list(reply);
  for (let i = 0; i + 1 < items.length; i += 2) facts.set(text(at(items, i)), at(items, i + 1));
  return facts;
}

function batch(reply: RedisReply): RedisBatch {
  const entries: RedisEntry[] = [];
  const deleted: string[] = [];
  for (const item of list(reply)) {
    const id = text(at(item, 0));
    const fields = at(item, 1);
    if (id === '') continue;
    if (fields === null) deleted.push(id);
    else entries.push({ id, fields: list(fields).filter((field) => Buffer.isBuffer(field)) });
  }
  return { entries, deleted };
}

function at(reply: RedisReply, index: number): RedisReply {
  return list(reply)[index] ?? null;
}

function list(reply: RedisReply): readonly RedisReply[] {
  return reply === null || typeof reply === 'number' || Buffer.isBuffer(reply) ? [] : reply;
}

function text(reply: RedisReply): string {
  return Buffer.isBuffer(reply) ? reply.toString('utf8') : '';
}
