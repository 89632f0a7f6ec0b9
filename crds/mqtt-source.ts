import { z } from 'zod';
import { durationMs } from '../events/duration.ts';
import { quoted } from '../events/errors.ts';
import { duration } from './durations.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { filterFault } from './mqtt-filter.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** Which topics of which server. */
export interface MqttSourceSpec extends SourceSpec {
  /** `mqtt`, `mqtts`, `ws` or `wss`; without user and password. */
  readonly url: string;
  readonly topics: readonly MqttTopic[];
  /** 4 is MQTT 3.1.1. */
  readonly protocolVersion: 4 | 5;
  /** The name of the session at the server: one client at a time. Undefined: of this source alone, always the same. */
  readonly clientId?: string;
  readonly username?: SecretReference;
  readonly password?: SecretReference;
  /** PEM; without `caCert` the certificates of the system count. */
  readonly tls?: { readonly caCert?: SecretReference; readonly cert?: SecretReference; readonly key?: SecretReference };
  /** Seconds. */
  readonly keepalive: number;
  /** How long the server keeps the session while nobody is connected; ISO 8601. In MQTT 3.1.1 that is the server's matter. */
  readonly sessionExpiry: string;
  /** How many messages may be on their way at once. In MQTT 3.1.1 the server chooses. */
  readonly receiveMaximum: number;
}

/** A subscription; of what is sent with QoS 2, QoS 1 gets each message at least once. */
export interface MqttTopic {
  readonly filter: string;
  readonly qos: 0 | 1;
}

/** Emits what is published to topics of MQTT. */
export type MqttSource = ResourceOf<'MQTTSource', MqttSourceSpec>;

const EXPIRY_MAX_MS = (2 ** 32 - 2) * 1000;
const CLIENT_ID_BYTES_MAX = 256;
const TLS_PROTOCOLS: ReadonlySet<string> = new Set(['mqtts:', 'wss:']);

const topic: z.ZodType<MqttTopic> = z.strictObject({
  filter: z.string().superRefine((text, context) => {
    const fault = filterFault(text);
    if (fault) refuse(context, fault);
  }),
  qos: z
    .int()
    .transform((qos, context): 0 | 1 => {
      if (qos === 0 || qos === 1) return qos;
      refuse(context, {
        found: `is ${qos}`,
        allowed: 'write 1, at least once, or 0, at most once; what is sent with 2 comes with 1 too',
      });
      return z.NEVER;
    })
    .default(1),
});

const spec = z
  .strictObject({
    ...sourceFields,
    url: z.string().superRefine(checkUrl),
    topics: z.array(topic).min(1),
    protocolVersion: z.literal([4, 5]).default(5),
    clientId: z
      .string()
      .superRefine((text, context) => {
        if (text === '' || Buffer.byteLength(text) > CLIENT_ID_BYTES_MAX || /\p{Cc}/u.test(text))
          refuse(context, {
            found: text === '' ? 'is empty' : `is ${quoted(text)}`,
            allowed: `write at most ${CLIENT_ID_BYTES_MAX} bytes without control characters, or leave it out`,
          });
      })
      .exactOptional(),
    username: secretReference.exactOptional(),
    password: secretReference.exactOptional(),
    tls: z
      .strictObject({
        caCert: secretReference.exactOptional(),
        cert: secretReference.exactOptional(),
        key: secretReference.exactOptional(),
      })
      .exactOptional(),
    keepalive: z.int().min(10).max(65_535).default(60),
    sessionExpiry: duration.default('P7D'),
    receiveMaximum: z.int().min(1).max(65_535).default(500),
  })
  .superRefine((value, context) => {
    checkTopics(value.topics, context);
    const ms = durationMs(value.sessionExpiry) ?? 0;
    if (ms < 1000 || ms > EXPIRY_MAX_MS)
      refuse(context, {
        found: `is ${quoted(value.sessionExpiry)}`,
        allowed: 'write at least PT1S: without a session, what is on its way when the connection is lost is lost',
        at: ['sessionExpiry'],
      });
    if (value.tls && !TLS_PROTOCOLS.has(URL.parse(value.url)?.protocol ?? ''))
      refuse(context, { found: 'stands beside a url without TLS', allowed: 'write mqtts:// or wss://', at: ['tls'] });
    if (value.tls && (value.tls.cert === undefined) !== (value.tls.key === undefined))
      refuse(context, {
        found: 'has one of cert and key',
        allowed: 'a certificate needs its key: write both',
        at: ['tls'],
      });
    if (value.password && !value.username)
      refuse(context, { found: 'is missing', allowed: 'a password needs a user name', at: ['username'] });
  });

/** An MQTTSource, checked. */
export const mqttSource: z.ZodType<MqttSource> = z.strictObject({
  apiVersion: z.literal('sources.weir.dev/v1alpha1'),
  kind: z.literal('MQTTSource'),
  metadata,
  spec,
});

/** MQTTSource among the kinds. */
export const mqttSourceKind: Kind<MqttSource> = {
  ...OPEN,
  apiVersion: 'sources.weir.dev/v1alpha1',
  kind: 'MQTTSource',
  plural: 'mqttsources',
  singular: 'mqttsource',
  schema: mqttSource,
  conditions: ['SecretsProvided', 'SinkProvided', 'Deployed', 'Subscribed'],
  source: {
    emits: ({ spec }) => [{ type: 'dev.weir.mqtt.message', source: mqttEventSource(spec.url) }],
    called: () => false,
    column: ['URL', 'url'],
  },
};

/** The source attribute of what is no CloudEvent yet: the server, without what a query may hold. */
export function mqttEventSource(text: string): string {
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function checkUrl(text: string, context: z.RefinementCtx): void {
  const url = URL.parse(text);
  const allowed = 'write mqtt://host:1883, mqtts://, ws:// or wss://';
  if (!url || url.hostname === '' || !['mqtt:', 'mqtts:', 'ws:', 'wss:'].includes(url.protocol))
    refuse(context, { found: 'is no address of an MQTT server', allowed });
  else if (url.username !== '' || url.password !== '')
    refuse(context, {
      found: 'holds a user or a password, which status and logs would show',
      allowed: 'name them in username and password, by secretKeyRef',
    });
  else if (url.protocol.startsWith('mqtt') && (!['', '/'].includes(url.pathname) || url.search !== ''))
    refuse(context, { found: 'has a path', allowed: 'topics are named in topics' });
  else if (url.hash !== '') refuse(context, { found: 'has a fragment', allowed });
}

function checkTopics(topics: readonly MqttTopic[], context: z.RefinementCtx): void {
  for (const [i, { filter }] of topics.entries())
    if (topics.findIndex((other) => other.filter === filter) < i)
      refuse(context, {
        found: `is ${quoted(filter)} again`,
        allowed: 'write each filter once',
        at: ['topics', i, 'filter'],
      });
}
