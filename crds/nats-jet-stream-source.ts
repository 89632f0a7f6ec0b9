import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { isTimestamp } from '../events/timestamp.ts';
import { positiveDuration } from './durations.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** How NATS servers are reached. */
export interface NatsConnection {
  /** `nats://host:port`, `tls://` for TLS; any of them will do. Never with user or password. */
  readonly servers: readonly string[];
  /** One way to log in: `token`, `user` with `password`, `nkey` (a seed), or `creds` (the text of a .creds file). */
  readonly credentials?: {
    readonly token?: SecretReference;
    readonly user?: SecretReference;
    readonly password?: SecretReference;
    readonly nkey?: SecretReference;
    readonly creds?: SecretReference;
  };
  readonly tls?: {
    readonly caCert?: SecretReference;
    /** The client's certificate and its key: both or none. */
    readonly cert?: SecretReference;
    readonly key?: SecretReference;
  };
}

/** What is read of a stream, and how. What is left out stays as the consumer has it, if there is one already. */
export interface NatsStream {
  readonly stream: string;
  /** A durable consumer; undefined: one of the source's own, which is removed with it. */
  readonly consumer?: string;
  readonly filterSubjects?: readonly string[];
  /** Where a consumer that is created begins: `all` unless said. */
  readonly deliverPolicy?: (typeof DELIVER_POLICIES)[number];
  readonly startSequence?: number;
  readonly startTime?: string;
  /** ISO 8601; PT30S unless said. */
  readonly ackWait?: string;
  /** 1,000 unless said: what is fetched and not accepted yet. */
  readonly maxAckPending?: number;
}

const DELIVER_POLICIES = ['all', 'new', 'last', 'lastPerSubject', 'byStartSequence', 'byStartTime'] as const;

/** Which messages of which stream, from where. */
export interface NatsJetStreamSourceSpec extends SourceSpec, NatsConnection, NatsStream {}

/** Emits the messages of a stream of NATS JetStream. */
export type NatsJetStreamSource = ResourceOf<'NatsJetStreamSource', NatsJetStreamSourceSpec>;

const server = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (url && (url.username !== '' || url.password !== ''))
    refuse(context, {
      found: 'holds a user or a password',
      allowed: 'take them out, and name them by spec.credentials with secretKeyRef',
    });
  else if (!url || !/^(nats|tls):$/.test(url.protocol) || url.hostname === '' || !/^\/?$/.test(url.pathname))
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'write nats://host:port, or tls://host:port for TLS' });
});

// What NATS takes as the name of a stream or consumer. [ADR-6]
const name = z.string().superRefine((text, context) => {
  if (!/^[^\s.*>/\\\p{Cc}]{1,255}$/u.test(text))
    refuse(context, {
      found: text === '' ? 'is empty' : `is ${quoted(text)}`,
      allowed: 'write a name without space, ".", "*", ">", "/" and "\\"',
    });
});

const subject = z.string().superRefine((text, context) => {
  const tokens = text.split('.');
  const wrong = tokens.some(
    (token, i) => !/^(\*|>|[^\s*>\p{Cc}]+)$/u.test(token) || (token === '>' && i < tokens.length - 1),
  );
  if (wrong)
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'write a subject such as orders.*.created or orders.>' });
});

const credentials = z
  .strictObject({
    token: secretReference.exactOptional(),
    user: secretReference.exactOptional(),
    password: secretReference.exactOptional(),
    nkey: secretReference.exactOptional(),
    creds: secretReference.exactOptional(),
  })
  .superRefine(({ token, user, password, nkey, creds }, context) => {
    if ((user === undefined) !== (password === undefined))
      refuse(context, {
        found: 'is missing',
        allowed: 'user and password go together: give both or none',
        at: [user === undefined ? 'user' : 'password'],
      });
    else if ([token, user, nkey, creds].filter(Boolean).length !== 1)
      refuse(context, {
        found: 'does not name one way to log in',
        allowed: 'give token, or user and password, or nkey, or creds; without any, leave credentials out',
      });
  });

const tls = z
  .strictObject({
    caCert: secretReference.exactOptional(),
    cert: secretReference.exactOptional(),
    key: secretReference.exactOptional(),
  })
  .superRefine(({ cert, key }, context) => {
    if ((cert === undefined) !== (key === undefined))
      refuse(context, {
        found: 'is missing',
        allowed: 'a client certificate needs cert and key: give both or none',
        at: [cert === undefined ? 'cert' : 'key'],
      });
  });

/** The fields of a NatsConnection, for the schema of a kind that reads from NATS. */
export const natsConnectionFields: {
  readonly servers: z.ZodType<readonly string[]>;
  readonly credentials: z.ZodExactOptional<z.ZodType<NonNullable<NatsConnection['credentials']>>>;
  readonly tls: z.ZodExactOptional<z.ZodType<NonNullable<NatsConnection['tls']>>>;
} = {
  servers: z.array(server).superRefine((servers, context) => {
    if (servers.length === 0) refuse(context, { found: 'is empty', allowed: 'name at least one server' });
  }),
  credentials: credentials.exactOptional(),
  tls: tls.exactOptional(),
};

const positive = z.int().superRefine((number, context) => {
  if (number < 1) refuse(context, { found: `is ${number}`, allowed: 'write a number of at least 1' });
});

/** The fields of a NatsStream, for the same. `checkNatsStream` says what they must be together. */
export const natsStreamFields: {
  readonly stream: z.ZodType<string>;
  readonly consumer: z.ZodExactOptional<z.ZodType<string>>;
  readonly filterSubjects: z.ZodExactOptional<z.ZodType<readonly string[]>>;
  readonly deliverPolicy: z.ZodExactOptional<z.ZodType<NonNullable<NatsStream['deliverPolicy']>>>;
  readonly startSequence: z.ZodExactOptional<z.ZodType<number>>;
  readonly startTime: z.ZodExactOptional<z.ZodType<string>>;
  readonly ackWait: z.ZodExactOptional<z.ZodType<string>>;
  readonly maxAckPending: z.ZodExactOptional<z.ZodType<number>>;
} = {
  stream: name,
  consumer: name.exactOptional(),
  filterSubjects: z.array(subject).exactOptional(),
  deliverPolicy: z.enum(DELIVER_POLICIES).exactOptional(),
  startSequence: positive.exactOptional(),
  startTime: z
    .string()
    .superRefine((text, context) => {
      if (!isTimestamp(text))
        refuse(context, { found: `is ${quoted(text)}`, allowed: 'write a time like 2026-01-31T09:00:00Z' });
    })
    .exactOptional(),
  ackWait: positiveDuration.exactOptional(),
  maxAckPending: positive.exactOptional(),
};

/** What the fields of a NatsStream must be together. */
export function checkNatsStream(value: NatsStream, context: z.RefinementCtx): void {
  const { deliverPolicy, startSequence, startTime } = value;
  for (const [field, given, policy] of [
    ['startSequence', startSequence, 'byStartSequence'],
    ['startTime', startTime, 'byStartTime'],
  ] as const) {
    if (given === undefined && deliverPolicy === policy)
      refuse(context, { found: 'is missing', allowed: `deliverPolicy ${policy} needs it`, at: [field] });
    if (given !== undefined && deliverPolicy !== policy)
      refuse(context, {
        found: 'has no meaning here',
        allowed: `write deliverPolicy: ${policy} beside it, or leave it out`,
        at: [field],
      });
  }
}

/** A NatsJetStreamSource, checked. */
export const natsJetStreamSource: z.ZodType<NatsJetStreamSource> = z.strictObject({
  apiVersion: z.literal('sources.weir.dev/v1alpha1'),
  kind: z.literal('NatsJetStreamSource'),
  metadata,
  spec: z.strictObject({ ...sourceFields, ...natsConnectionFields, ...natsStreamFields }).superRefine(checkNatsStream),
});

/** NatsJetStreamSource among the kinds. */
export const natsJetStreamSourceKind: Kind<NatsJetStreamSource> = {
  ...OPEN,
  apiVersion: 'sources.weir.dev/v1alpha1',
  kind: 'NatsJetStreamSource',
  plural: 'natsjetstreamsources',
  singular: 'natsjetstreamsource',
  schema: natsJetStreamSource,
  conditions: ['SinkProvided', 'Deployed'],
  source: {
    emits: ({ spec: { stream } }) => [{ type: 'dev.weir.nats.message', source: natsSource(stream) }],
    called: () => false,
    column: ['STREAM', 'stream'],
  },
};

/** The source attribute of what is wrapped: the name of the stream, percent-encoded where a URI needs it. */
export function natsSource(stream: string): string {
  // A name with a colon would read as a scheme.
  return encodeURIComponent(stream.toWellFormed());
}
