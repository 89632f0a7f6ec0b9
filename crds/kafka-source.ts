import { z } from 'zod';
import { deliverySpec, type DeliverySpec } from './delivery.ts';
import { bootstrapServers, kafkaNet, topicName, type KafkaNet } from './kafka-net.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { filledText } from './names.ts';
import { refuse } from './refusal.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** The most consumers of one source in one process. */
const CONSUMERS_MAX = 64;

/** Which topics are read, and how: what KafkaSource has beside its sink. [Knative KafkaSource v1] */
export interface KafkaReading {
  /** `host:port`, of some of the cluster's servers. */
  readonly bootstrapServers: readonly string[];
  readonly topics: readonly string[];
  /** How many members of the consumer group run in this process. */
  readonly consumers: number;
  /** Undefined: one of the source's own. */
  readonly consumerGroup?: string;
  /** Where a group begins that never read the topic. */
  readonly initialOffset: 'earliest' | 'latest';
  /** `ordered`: of each partition one batch after the other is given to the sink; `unordered`: several at once. */
  readonly ordering: 'ordered' | 'unordered';
  readonly net?: KafkaNet;
}

/** A KafkaSource's spec. [Knative KafkaSource v1] */
export interface KafkaSourceSpec extends SourceSpec, KafkaReading {
  /** Accepted, not needed: events are offered until they are accepted. */
  readonly delivery?: Omit<DeliverySpec, 'deadLetterSink'>;
}

/** Emits the records of topics. [Knative KafkaSource v1] */
export type KafkaSource = ResourceOf<'KafkaSource', KafkaSourceSpec>;

/** The fields of a KafkaReading, for the schema of a kind. */
export const kafkaFields = {
  bootstrapServers,
  topics: z.array(topicName).superRefine((topics, context) => {
    if (topics.length === 0) refuse(context, { found: 'is empty', allowed: 'name at least one topic' });
    if (new Set(topics).size < topics.length)
      refuse(context, { found: 'names a topic twice', allowed: 'name each once' });
  }),
  consumers: z.int().min(1).max(CONSUMERS_MAX).default(1),
  consumerGroup: filledText.exactOptional(),
  initialOffset: z.enum(['earliest', 'latest']).default('latest'),
  ordering: z.enum(['ordered', 'unordered']).default('ordered'),
  net: kafkaNet.exactOptional(),
} as const;

const delivery = deliverySpec.superRefine(({ deadLetterSink }, context) => {
  if (deadLetterSink !== undefined)
    refuse(context, {
      found: 'is not served',
      allowed:
        'leave it out: what cannot be accepted becomes an event of type dev.weir.source.deadletter, which a Trigger can send anywhere',
      at: ['deadLetterSink'],
    });
});

/** A KafkaSource, checked. */
export const kafkaSource: z.ZodType<KafkaSource> = z.strictObject({
  apiVersion: z.literal('sources.knative.dev/v1'),
  kind: z.literal('KafkaSource'),
  metadata,
  spec: z.strictObject({ ...sourceFields, ...kafkaFields, delivery: delivery.exactOptional() }),
});

/** KafkaSource among the kinds. */
export const kafkaSourceKind: Kind<KafkaSource> = {
  ...OPEN,
  apiVersion: 'sources.knative.dev/v1',
  kind: 'KafkaSource',
  plural: 'kafkasources',
  singular: 'kafkasource',
  schema: kafkaSource,
  immutable: [['spec', 'consumerGroup']],
  conditions: ['SinkProvided', 'Deployed', 'ConnectionEstablished', 'InitialOffsetsCommitted', 'OIDCIdentityCreated'],
  source: {
    emits: ({ metadata: { namespace, name }, spec: { topics } }) =>
      topics.map((topic) => ({
        type: 'dev.knative.kafka.event',
        source: `/apis/v1/namespaces/${namespace}/kafkasources/${name}#${topic}`,
      })),
    called: () => false,
    column: ['TOPICS', 'topics'],
  },
};
