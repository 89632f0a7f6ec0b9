import { z } from 'zod';
import { bootstrapServers, topicName } from './kafka-net.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { objectName } from './names.ts';
import type { SecretNeed } from './secret-reference.ts';

/** A topic that events are put into. [Knative KafkaSink v1alpha1] */
export interface KafkaSinkSpec {
  readonly topic: string;
  /** `host:port`, of some of the cluster's servers. */
  readonly bootstrapServers: readonly string[];
  /** Of the topic, if it is not there and must be made. */
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly contentMode: 'binary' | 'structured';
  /** The Secret that says how the servers are spoken to: its keys are `AUTH_KEYS`. */
  readonly auth?: { readonly secret: { readonly ref: { readonly name: string } } };
}

/** Takes events, and puts them into a topic. [Knative KafkaSink v1alpha1] */
export type KafkaSink = ResourceOf<'KafkaSink', KafkaSinkSpec>;

/** The keys of a Secret of Knative's for Kafka. `protocol` must be there; which others must, it says. */
export const AUTH_KEYS = ['protocol', 'sasl.mechanism', 'user', 'password', 'ca.crt', 'user.crt', 'user.key'] as const;

/** A KafkaSink, checked. */
export const kafkaSink: z.ZodType<KafkaSink> = z.strictObject({
  apiVersion: z.literal('eventing.knative.dev/v1alpha1'),
  kind: z.literal('KafkaSink'),
  metadata,
  spec: z.strictObject({
    topic: topicName,
    bootstrapServers,
    numPartitions: z.int().min(1).max(100_000).default(10),
    replicationFactor: z.int().min(1).max(32_767).default(1),
    contentMode: z.enum(['binary', 'structured']).default('structured'),
    auth: z.strictObject({ secret: z.strictObject({ ref: z.strictObject({ name: objectName }) }) }).exactOptional(),
  }),
});

/** KafkaSink among the kinds. */
export const kafkaSinkKind: Kind<KafkaSink> = {
  ...OPEN,
  apiVersion: 'eventing.knative.dev/v1alpha1',
  kind: 'KafkaSink',
  plural: 'kafkasinks',
  singular: 'kafkasink',
  schema: kafkaSink,
  immutable: [
    ['spec', 'topic'],
    ['spec', 'numPartitions'],
    ['spec', 'replicationFactor'],
  ],
  conditions: ['Addressable', 'TopicReady'],
  secrets: ({ spec }) => (spec.auth ? authNeeds(spec.auth.secret.ref.name) : []),
  sink: true,
};

function authNeeds(name: string): readonly SecretNeed[] {
  return AUTH_KEYS.map((key) => ({ secretKeyRef: { name, key }, optional: key !== 'protocol' }));
}
