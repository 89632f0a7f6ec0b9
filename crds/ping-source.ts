import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { refuse } from './refusal.ts';
import { checkSchedule } from './schedule.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** When to emit, and what: `data` as text or `dataBase64` as bytes, never both. [Knative PingSource v1] */
export interface PingSourceSpec extends SourceSpec {
  /** Five fields, six with seconds in front, or a descriptor such as `@hourly`. */
  readonly schedule: string;
  /** IANA name. */
  readonly timezone?: string;
  /** Becomes `datacontenttype`. */
  readonly contentType?: string;
  readonly data?: string;
  readonly dataBase64?: string;
}

/** Emits at the times of a schedule. [Knative PingSource v1] */
export type PingSource = ResourceOf<'PingSource', PingSourceSpec>;

const spec = z
  .strictObject({
    ...sourceFields,
    schedule: z.string().default('* * * * *'),
    timezone: z.string().exactOptional(),
    contentType: z.string().exactOptional(),
    data: z.string().exactOptional(),
    dataBase64: z.string().exactOptional(),
  })
  .superRefine((value, context) => {
    const finding = checkSchedule(value.schedule);
    if (finding) refuse(context, { ...finding, at: ['schedule'] });
    if (value.timezone !== undefined && !isTimeZone(value.timezone))
      refuse(context, {
        found: `is ${quoted(value.timezone)}`,
        allowed: 'write an IANA time zone such as Europe/Berlin or UTC',
        at: ['timezone'],
      });
    checkData(value, context);
  });

/** A PingSource, checked; without a schedule it fires every minute. */
export const pingSource: z.ZodType<PingSource> = z.strictObject({
  apiVersion: z.literal('sources.knative.dev/v1'),
  kind: z.literal('PingSource'),
  metadata,
  spec,
});

/** PingSource among the kinds. */
export const pingSourceKind: Kind<PingSource> = {
  ...OPEN,
  apiVersion: 'sources.knative.dev/v1',
  kind: 'PingSource',
  plural: 'pingsources',
  singular: 'pingsource',
  schema: pingSource,
  conditions: ['SinkProvided', 'Deployed', 'OIDCIdentityCreated'],
  source: {
    emits: ({ metadata: { namespace, name } }) => [
      { type: 'dev.knative.sources.ping', source: `/apis/v1/namespaces/${namespace}/pingsources/${name}` },
    ],
    called: () => false,
    column: ['SCHEDULE', 'schedule'],
  },
};

// Knative reads JSON data into an object and so refuses arrays and scalars. Any JSON text is JSON: all of it is taken.
function checkData(value: Omit<PingSourceSpec, 'sink'>, context: z.RefinementCtx): void {
  const { contentType, data, dataBase64 } = value;
  if (data !== undefined && dataBase64 !== undefined)
    refuse(context, { found: 'stands beside data', allowed: 'write one of the two', at: ['dataBase64'] });
  else if (dataBase64 !== undefined && !isBase64(dataBase64))
    refuse(context, { found: 'is not base64', allowed: 'write base64 with padding', at: ['dataBase64'] });
  else if (data !== undefined && data !== '' && mediaType(contentType) === 'application/json' && !isJson(data))
    refuse(context, {
      found: 'is not JSON',
      allowed: 'contentType says application/json: write JSON, or another contentType',
      at: ['data'],
    });
  if (contentType !== undefined && !/^[\w.+!#$&^-]+\/[\w.+!#$&^-]+\s*(;.*)?$/.test(contentType))
    refuse(context, {
      found: `is ${quoted(contentType)}`,
      allowed: 'write a media type such as application/json',
      at: ['contentType'],
    });
}

function mediaType(contentType: string | undefined): string | undefined {
  return contentType?.split(';')[0]?.trim().toLowerCase();
}

function isTimeZone(name: string): boolean {
  // An offset such as +01:00 is a time zone to Intl, but no IANA name.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
