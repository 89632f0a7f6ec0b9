import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { filledText } from './names.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** How a Redis server is reached. [Knative RedisConnection; `username` and `password` are ours] */
export interface RedisConnection {
  /** `redis://host:port/db`, `rediss://` for TLS; never with user or password. */
  readonly address: string;
  readonly username?: SecretReference;
  readonly password?: SecretReference;
  readonly dialOptions?: {
    /** TLS also where the address says `redis://`. */
    readonly useTLS?: boolean;
    /** The server's certificate is not checked. */
    readonly skipVerify?: boolean;
    readonly caCert?: SecretReference;
    /** The client's certificate and its key: both or none. */
    readonly cert?: SecretReference;
    readonly key?: SecretReference;
  };
}

/** Which stream is read, as which group. */
export interface RedisStream {
  readonly stream: string;
  /** undefined: one of the source's own, which is removed with it. */
  readonly group?: string;
}

/** Which stream, from where, by how many consumers. [Knative RedisStreamSource v1alpha1] */
export interface RedisStreamSourceSpec extends SourceSpec, RedisConnection, RedisStream {
  readonly consumers: number;
}

/** Emits the entries of a stream of Redis. [Knative RedisStreamSource v1alpha1] */
export type RedisStreamSource = ResourceOf<'RedisStreamSource', RedisStreamSourceSpec>;

/** On a RedisStreamSource, a label: with `earliest` a group that is created begins with the oldest entry; with `latest`, as without it, with what is added from then on, as in Knative. */
export const REDIS_STREAM_START = 'weir.dev/start';

const CONSUMERS_MAX = 64;

const dialOptions = z
  .strictObject({
    useTLS: z.boolean().exactOptional(),
    skipVerify: z.boolean().exactOptional(),
    caCert: secretReference.exactOptional(),
    cert: secretReference.exactOptional(),
    key: secretReference.exactOptional(),
    // Knative's is an ObjectReference that names no key of the Secret, and nothing there reads it.
    password: z
      .custom<never>()
      .superRefine((_value, context) =>
        refuse(context, { found: 'is not read', allowed: 'name the password by spec.password.secretKeyRef' }),
      )
      .exactOptional(),
  })
  .superRefine(({ cert, key }, context) => {
    if ((cert === undefined) !== (key === undefined))
      refuse(context, {
        found: 'is missing',
        allowed: 'a client certificate needs cert and key: give both or none',
        at: [cert === undefined ? 'cert' : 'key'],
      });
  });

/** The fields of a RedisConnection, for the schema of a kind that reads from Redis. */
export const redisConnectionFields: {
  readonly address: z.ZodType<string>;
  readonly username: z.ZodExactOptional<z.ZodType<SecretReference>>;
  readonly password: z.ZodExactOptional<z.ZodType<SecretReference>>;
  readonly dialOptions: z.ZodExactOptional<z.ZodType<NonNullable<RedisConnection['dialOptions']>>>;
} = {
  address: z.string().superRefine(checkAddress),
  username: secretReference.exactOptional(),
  password: secretReference.exactOptional(),
  dialOptions: dialOptions.exactOptional(),
};

/** The fields of a RedisStream, for the same. */
export const redisStreamFields: {
  readonly stream: z.ZodType<string>;
  readonly group: z.ZodExactOptional<z.ZodType<string>>;
} = { stream: filledText, group: filledText.exactOptional() };

const spec = z.strictObject({
  ...sourceFields,
  ...redisConnectionFields,
  ...redisStreamFields,
  consumers: z
    .int()
    .superRefine((count, context) => {
      if (count < 1 || count > CONSUMERS_MAX)
        refuse(context, { found: `is ${count}`, allowed: `write a number from 1 to ${CONSUMERS_MAX}` });
    })
    .default(1),
});

/** A RedisStreamSource, checked; one consumer unless it says more. */
export const redisStreamSource: z.ZodType<RedisStreamSource> = z.strictObject({
  apiVersion: z.literal('sources.knative.dev/v1alpha1'),
  kind: z.literal('RedisStreamSource'),
  metadata,
  spec,
});

/** RedisStreamSource among the kinds. */
export const redisStreamSourceKind: Kind<RedisStreamSource> = {
  ...OPEN,
  apiVersion: 'sources.knative.dev/v1alpha1',
  kind: 'RedisStreamSource',
  plural: 'redisstreamsources',
  singular: 'redisstreamsource',
  schema: redisStreamSource,
  conditions: ['SinkProvided', 'Deployed'],
  source: {
    emits: ({ spec: { address, stream } }) => [
      { type: 'dev.knative.sources.redisstream', source: redisStreamUri(address, stream) },
    ],
    called: () => false,
    column: ['STREAM', 'stream'],
  },
};

/** `<address>/<stream>`: the source attribute of what is read from a stream, percent-encoded where a URI needs it. [Knative RedisStreamSource] */
export function redisStreamUri(address: string, stream: string): string {
  return `${address.replace(/\/+$/, '')}/${encodeURI(stream.toWellFormed()).replaceAll(/[#?[\]]/g, encodeURIComponent)}`;
}

function checkAddress(text: string, context: z.RefinementCtx): void {
  const url = URL.parse(text);
  if (url && (url.username !== '' || url.password !== ''))
    refuse(context, {
      found: 'holds a user or a password',
      allowed: 'take them out, and name them by spec.username and spec.password with secretKeyRef',
    });
  else if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || !/^(\/\d*)?$/.test(url.pathname))
    refuse(context, {
      found: `is ${quoted(text)}`,
      allowed: 'write redis://host:port, or rediss://host:port for TLS; a number of a database may follow: /2',
    });
  else if (url.search !== '' || url.hash !== '')
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'leave the part behind ? or # out' });
}
