import type { HttpPollSourceSpec } from '../../crds/http-poll-source.ts';
import { pointerSteps } from '../../crds/json-pointer.ts';
import { type Clock, pause } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import type { Log } from '../../events/log.ts';
import type { Random } from '../../events/random.ts';
import { type Polled, type PolledItem, polledDocument, polledItems } from './event.ts';
import { type PollPosition, pollLabel, readPosition, savedPosition, SEEN_MAX, shortHash } from './position.ts';
import { nextLink, type PolledAnswer, Poller, type PollRequests, shown } from './request.ts';
import { parsedJson } from '../member.ts';
import { offer } from '../offer.ts';
import { rawAt, rawElements } from '../raw-json.ts';
import type { Source, SourceContext } from '../source.ts';
import { hashId } from '../webhooks/body-hash.ts';

/** The most pages of one poll where nothing tells a long answer from an endless one: more are refused, or with a cursor wait for the next poll unless each page brings something new. */
const PAGES_MAX = 100;
/** The most events of one append. */
const EMIT_MAX = 500;

/** One HttpPollSource, and through what it runs. */
export interface HttpPollConfig {
  readonly namespace: string;
  readonly name: string;
  readonly spec: HttpPollSourceSpec;
  readonly intervalMs: number;
  readonly requests: PollRequests;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Asks again and again, and emits what is new. Position, saved after the emit: the cursor, what the last answer said of itself, and the newest ids where no cursor is past them; that of another URL is not used.
 * Rejects when there is no answer, and is then begun again with backoff.
 */
export const httpPoll: Source<HttpPollConfig> = async (config, context) => {
  await using poller = new Poller(config.requests);
  const label = pollLabel(config.spec);
  let position = readPosition(context.position, label);
  for (;;) {
    const beganMs = config.clock.now();
    position = await poll({ config, context, poller, label }, position);
    context.tell({});
    await pause(config.clock, config.intervalMs - (config.clock.now() - beganMs), context.signal);
    if (context.signal.aborted) return;
  }
};

interface Polling {
  readonly config: HttpPollConfig;
  readonly context: SourceContext;
  readonly poller: Poller;
  readonly label: string;
}

/** One poll, with all the pages that belong to it. Answers where it came to, which is saved. */
async function poll(polling: Polling, before: PollPosition | undefined): Promise<PollPosition> {
  const { config, context, poller, label } = polling;
  const { spec, clock } = config;
  let position: PollPosition = before ?? { seen: [], ...(spec.initial === 'skip' ? { skipping: true } : {}) };
  let saved = before && savedPosition(before, label);
  let url: URL | undefined = new URL(spec.url);
  // How many items there are that only `seen` keeps from being emitted again.
  let unpassed = 0;
  for (let page = 1; url; page += 1) {
    if (page > PAGES_MAX && spec.pages === 'link') throw tooMuch(url, `more than ${PAGES_MAX} pages`);
    const asked = withCursor(url, spec, position.cursor);
    const answer = await poller.get(asked, validators(spec, position, asked), context.signal);
    if (answer.status !== 200) break;
    const polled: Polled = { ...config, answer, atMs: clock.now() };
    const cursor = movedCursor(spec, answer, position.cursor);
    const taken = spec.items === undefined ? takeDocument(polled, position) : takeItems(polled, position);
    unpassed = cursor === undefined ? unpassed + taken.count : 0;
    if (unpassed > SEEN_MAX) throw tooMuch(asked, `more than ${SEEN_MAX} items without a cursor that goes past them`);
    await take(polling, taken.events, position.skipping === true);
    const { etag: _etag, lastModified: _lastModified, ...rest } = taken.position;
    position = { ...rest, ...(cursor === undefined ? {} : { cursor }), ...facts(answer, asked) };
    const text = savedPosition(position, label);
    if (text !== saved) await context.save(text);
    saved = text;
    url =
      cursor === undefined
        ? nextPage(spec, answer, asked)
        : taken.count > 0 && (page < PAGES_MAX || taken.events.length > 0)
          ? url
          : undefined;
  }
  // That nothing was there the first time is something to remember: what comes later is new.
  const { skipping: _over, ...done } = position;
  if (saved !== savedPosition(done, label)) await context.save(savedPosition(done, label));
  return done;
}

async function take({ config, context }: Polling, events: readonly CloudEvent[], skip: boolean): Promise<void> {
  if (skip) return context.tell({ skipped: events.length });
  for (let from = 0; from < events.length; from += EMIT_MAX)
    await offer(events.slice(from, from + EMIT_MAX), context, { ...config, kind: 'HttpPollSource' });
}

interface Taken {
  readonly events: readonly CloudEvent[];
  /** Of the items, new or not. */
  readonly count: number;
  readonly position: PollPosition;
}

function takeItems(polled: Polled, position: PollPosition): Taken {
  const items = polledItems(polled);
  const before = new Set(position.seen);
  const now = new Map<string, PolledItem>();
  for (const item of items) {
    const hash = shortHash(item.id);
    if (!now.has(hash)) now.set(hash, item);
  }
  const events = [...now].filter(([hash]) => !before.has(hash)).map(([, item]) => item.event);
  // Those that are there still are the newest, whatever their place before.
  const seen = [...position.seen.filter((hash) => !now.has(hash)), ...now.keys()].slice(-SEEN_MAX);
  return { events, count: now.size, position: { ...position, seen } };
}

/** Its id goes on from the last one's, so that a document that is again what it was before is another event. */
function takeDocument(polled: Polled, position: PollPosition): Taken {
  const { body } = polled.answer;
  const hash = shortHash(body);
  if (position.last?.hash === hash) return { events: [], count: 1, position };
  const id = hashId(position.last?.id ?? '', body);
  return { events: [polledDocument(polled, id)], count: 1, position: { ...position, last: { id, hash } } };
}

/** What the server is asked with, so that it may answer that nothing is new. Not where there are pages: that the first is as before says nothing of the others. */
function validators(
  spec: HttpPollSourceSpec,
  { etag, lastModified, of }: PollPosition,
  url: URL,
): readonly (readonly [string, string])[] {
  if (spec.pages !== undefined || of !== shortHash(url.href)) return [];
  return [
    ...(etag === undefined ? [] : [['if-none-match', etag] as const]),
    ...(lastModified === undefined ? [] : [['if-modified-since', lastModified] as const]),
  ];
}

/** What the answer says of itself; what the one before said is over. */
function facts({ headers }: PolledAnswer, url: URL): Partial<PollPosition> {
  const [etag, lastModified] = [headers.get('etag'), headers.get('last-modified')];
  return {
    of: shortHash(url.href),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}

function withCursor(url: URL, { cursor }: HttpPollSourceSpec, value: string | undefined): URL {
  const asked = new URL(url);
  if (cursor && value !== undefined) asked.searchParams.set(cursor.parameter, value);
  return asked;
}

/** The cursor of an answer; undefined if it has none, or the one that it was asked with. */
function movedCursor(spec: HttpPollSourceSpec, answer: PolledAnswer, before: string | undefined): string | undefined {
  if (!spec.cursor) return undefined;
  const { answer: inAnswer, lastItem } = spec.cursor;
  const whole = inAnswer === undefined ? rawAt(answer.body, pointerSteps(spec.items ?? '') ?? []) : answer.body;
  const at = inAnswer === undefined ? rawElements(whole ?? new Uint8Array())?.at(-1) : whole;
  const raw = at && rawAt(at, pointerSteps(inAnswer ?? lastItem ?? '') ?? []);
  const text = new TextDecoder().decode(raw);
  const value = parsedJson(text);
  // A number keeps the digits it was written with.
  const cursor = typeof value === 'number' ? text : value;
  return typeof cursor === 'string' && cursor !== '' && cursor !== before ? cursor : undefined;
}

function nextPage(spec: HttpPollSourceSpec, { headers }: PolledAnswer, asked: URL): URL | undefined {
  if (spec.pages !== 'link') return undefined;
  const next = nextLink(headers.get('link'), asked);
  if (next && next.origin !== asked.origin)
    throw new UnavailableError(
      'source-unavailable',
      `GET ${shown(asked)}: the next page is at ${next.origin}, where the headers of this source are not sent; write that into spec.url if it is right`,
    );
  return next;
}

function tooMuch(url: URL, what: string): UnavailableError {
  return new UnavailableError(
    'source-unavailable',
    `GET ${shown(url)}: the answer has ${what}; ask for fewer with parameters in spec.url, or write spec.cursor`,
  );
}
