import { z } from 'zod';
import { durationMs } from '../events/duration.ts';
import { quoted } from '../events/errors.ts';
import { positiveDuration } from './durations.ts';
import { jsonPointer } from './json-pointer.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';
import { expression, parseExpression } from './webhook-providers/expression.ts';
import { headerName } from './webhook-providers/generic.ts';

/** One header of the requests: `value`, or `prefix` and the value of a secret. */
export interface HttpPollHeader {
  readonly name: string;
  readonly value?: string;
  /** What stands before the secret: `Bearer `. */
  readonly prefix?: string;
  readonly valueFrom?: SecretReference;
}

/** Where the place to go on from lies, and in which parameter of the query it is sent. */
export interface HttpPollCursor {
  /** In the answer. */
  readonly answer?: string;
  /** In the last of its items. */
  readonly lastItem?: string;
  readonly parameter: string;
}

/** What is asked for again and again, and what of the answers is an event. */
export interface HttpPollSourceSpec extends SourceSpec {
  readonly url: string;
  /** From the beginning of a poll to that of the next. */
  readonly interval: string;
  /** For one request, from its beginning to the last byte of its answer. */
  readonly timeout: string;
  readonly method: 'GET';
  readonly headers: readonly HttpPollHeader[];
  /** A larger answer is not read. */
  readonly bodyBytesMax: number;
  /** Where the list lies of which each item is an event; undefined: the whole answer is, whenever it changed. */
  readonly items?: string;
  readonly cursor?: HttpPollCursor;
  /** `link`: the pages that `Link: <...>; rel="next"` names belong to the answer. [RFC 8288] */
  readonly pages?: 'link';
  /** What becomes of what is there at the first poll. */
  readonly initial: 'emit' | 'skip';
  /** Expressions, as those of a generic WebhookSource, over an item (or the answer) as body and the answer's headers. */
  readonly id?: string;
  readonly type?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly time?: string;
}

/** Emits what an HTTP API answers. */
export type HttpPollSource = ResourceOf<'HttpPollSource', HttpPollSourceSpec>;

const INTERVAL_MS_MIN = 1000;
const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** What the loop writes itself. */
const OURS = new Set([
  'if-none-match',
  'if-modified-since',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
]);

const url = z.string().superRefine((text, context) => {
  const parsed = URL.parse(text);
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '')
    refuse(context, {
      found: 'is no such URL',
      allowed: 'write an absolute http or https URL without user and password, which go into headers',
    });
});

const header: z.ZodType<HttpPollHeader> = z
  .strictObject({
    name: headerName,
    value: z.string().exactOptional(),
    prefix: z.string().exactOptional(),
    valueFrom: secretReference.exactOptional(),
  })
  .superRefine(({ name, value, prefix, valueFrom }, context) => {
    if (OURS.has(name.toLowerCase()))
      refuse(context, { found: `is ${quoted(name)}`, allowed: 'that header is set here; leave it out', at: ['name'] });
    if ((value === undefined) === (valueFrom === undefined))
      refuse(context, { found: 'has not one value', allowed: 'write value, or valueFrom with a secretKeyRef' });
    if (prefix !== undefined && valueFrom === undefined)
      refuse(context, { found: 'stands without valueFrom', allowed: 'write it into value', at: ['prefix'] });
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    if (/[^\u0020-\u007E\u00A0-\u00FF]/.test(`${value ?? ''}${prefix ?? ''}`))
      refuse(context, { found: 'holds what no header can', allowed: 'write printable Latin-1 characters' });
  });

const cursor: z.ZodType<HttpPollCursor> = z
  .strictObject({
    answer: jsonPointer.exactOptional(),
    lastItem: jsonPointer.exactOptional(),
    parameter: z.string().min(1),
  })
  .superRefine(({ answer, lastItem }, context) => {
    if ((answer === undefined) === (lastItem === undefined))
      refuse(context, {
        found: 'does not say where it lies',
        allowed: 'write answer (a JSON Pointer into the answer) or lastItem (into its last item), one of the two',
      });
  });

// A pointer that is no expression would be one id for everything, and everything but the first be taken for a repetition.
const idExpression = expression.superRefine((text, context) => {
  const parsed = parseExpression(text);
  if (!('what' in parsed) && parsed.every((terms) => terms.some(({ kind }) => kind === 'text')))
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'it is the same for every item; write {body:/id}' });
});

const interval = positiveDuration.superRefine((text, context) => {
  if ((durationMs(text) ?? INTERVAL_MS_MIN) < INTERVAL_MS_MIN)
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'write at least PT1S' });
});

const spec = z
  .strictObject({
    ...sourceFields,
    url,
    interval: interval.default('PT1M'),
    timeout: positiveDuration.default('PT30S'),
    method: z.literal('GET').default('GET'),
    headers: z.array(header).max(32).default([]),
    bodyBytesMax: z
      .int()
      .min(1)
      .max(256 * 1024 * 1024)
      .default(BODY_BYTES_MAX),
    items: jsonPointer.exactOptional(),
    cursor: cursor.exactOptional(),
    pages: z.literal('link').exactOptional(),
    initial: z.enum(['emit', 'skip']).default('emit'),
    id: idExpression.exactOptional(),
    type: expression.exactOptional(),
    source: expression.exactOptional(),
    subject: expression.exactOptional(),
    time: expression.exactOptional(),
  })
  .superRefine(({ items, cursor: given, pages, id }, context) => {
    const needItems = { cursor: given, pages, id };
    for (const [name, value] of Object.entries(needItems))
      if (items === undefined && value !== undefined)
        refuse(context, { found: 'stands without items', allowed: 'say where the list of items lies', at: [name] });
    if (given !== undefined && pages !== undefined)
      refuse(context, { found: 'stands beside cursor', allowed: 'write one of the two', at: ['pages'] });
  });

/** An HttpPollSource, checked. */
export const httpPollSource: z.ZodType<HttpPollSource> = z.strictObject({
  apiVersion: z.literal('sources.weir.dev/v1alpha1'),
  kind: z.literal('HttpPollSource'),
  metadata,
  spec,
});

/** The type of an event, where `spec.type` says no other. */
export const HTTP_POLL_TYPES = { item: 'dev.weir.httppoll.item', document: 'dev.weir.httppoll.document' } as const;

/** The source of the events, where `spec.source` says no other: the URL without its query, which may hold a key. */
export function httpPollUri(spec: Pick<HttpPollSourceSpec, 'url'>): string {
  const { origin, pathname } = new URL(spec.url);
  return `${origin}${pathname}`;
}

/** HttpPollSource among the kinds. */
export const httpPollSourceKind: Kind<HttpPollSource> = {
  ...OPEN,
  apiVersion: 'sources.weir.dev/v1alpha1',
  kind: 'HttpPollSource',
  plural: 'httppollsources',
  singular: 'httppollsource',
  schema: httpPollSource,
  conditions: ['SecretsProvided', 'SinkProvided', 'Deployed'],
  source: {
    emits: ({ spec }) =>
      spec.type === undefined && spec.source === undefined
        ? [{ type: HTTP_POLL_TYPES[spec.items === undefined ? 'document' : 'item'], source: httpPollUri(spec) }]
        : [],
    called: () => false,
    column: ['URL', 'url'],
  },
};
