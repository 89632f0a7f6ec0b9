import { z } from 'zod';
import { OPEN, type Kind } from './kind.ts';
import { duration } from './durations.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { filledText } from './names.ts';
import {
  connectionSecretNeeds,
  foreignNamespace,
  rabbitmqClusterReference,
  type RabbitmqClusterReference,
} from './rabbitmq-cluster.ts';
import { refuse } from './refusal.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** Which queue is read, and what is declared for it. [Knative RabbitmqResourcesConfigSpec] */
export interface RabbitmqResourcesConfig {
  readonly vhost: string;
  readonly queueName: string;
  readonly queueType: 'quorum' | 'classic';
  /** Only absent if `predeclared`. */
  readonly exchangeName?: string;
  /** How many messages may be on their way at once: the prefetch. */
  readonly parallelism: number;
  /** Nothing is declared: what is not there is waited for. */
  readonly predeclared: boolean;
}

/** Where messages come from. */
export interface RabbitmqConnectionSpec {
  readonly rabbitmqClusterReference: RabbitmqClusterReference;
  readonly rabbitmqResourcesConfig: RabbitmqResourcesConfig;
}

/** A queue whose messages are events. [Knative RabbitmqSource v1alpha1] */
export interface RabbitmqSourceSpec extends SourceSpec, RabbitmqConnectionSpec {
  /** Accepted, and more is done: what the sink does not take is offered until it is taken, so nothing is rejected after a number of retries. */
  readonly delivery?: {
    readonly retry?: number;
    readonly backoffPolicy?: 'linear' | 'exponential';
    readonly backoffDelay?: string;
  };
  readonly serviceAccountName?: string;
  readonly adapterContainerName?: string;
}

/** Emits what arrives in a queue. [Knative RabbitmqSource v1alpha1] */
export type RabbitmqSource = ResourceOf<'RabbitmqSource', RabbitmqSourceSpec>;

const resourcesConfig: z.ZodType<RabbitmqResourcesConfig> = z
  .strictObject({
    vhost: filledText.default('/'),
    queueName: filledText,
    queueType: z.enum(['quorum', 'classic']).default('quorum'),
    exchangeName: filledText.exactOptional(),
    parallelism: z.int().min(1).max(1000).default(1),
    predeclared: z.boolean().default(false),
  })
  .superRefine(({ exchangeName, predeclared }, context) => {
    if (exchangeName === undefined && !predeclared)
      refuse(context, {
        found: 'is missing',
        allowed: 'name the exchange that is declared and bound to the queue, or set predeclared',
        at: ['exchangeName'],
      });
  });

/** The fields of a RabbitmqConnectionSpec, for the schema of a kind that reads a queue. */
export const rabbitmqConnectionFields: {
  readonly rabbitmqClusterReference: z.ZodType<RabbitmqClusterReference>;
  readonly rabbitmqResourcesConfig: z.ZodType<RabbitmqResourcesConfig>;
} = { rabbitmqClusterReference, rabbitmqResourcesConfig: resourcesConfig };

/** A RabbitmqSource, checked. */
export const rabbitmqSource: z.ZodType<RabbitmqSource> = z
  .strictObject({
    apiVersion: z.literal('sources.knative.dev/v1alpha1'),
    kind: z.literal('RabbitmqSource'),
    metadata,
    spec: z.strictObject({
      ...sourceFields,
      ...rabbitmqConnectionFields,
      delivery: z
        .strictObject({
          retry: z.int().min(0).exactOptional(),
          backoffPolicy: z.enum(['linear', 'exponential']).exactOptional(),
          backoffDelay: duration.exactOptional(),
        })
        .exactOptional(),
      serviceAccountName: z.string().exactOptional(),
      adapterContainerName: z.string().exactOptional(),
    }),
  })
  .superRefine(({ metadata: { namespace }, spec }, context) => {
    const foreign = foreignNamespace(spec.rabbitmqClusterReference, namespace);
    if (foreign) refuse(context, { ...foreign, at: ['spec', 'rabbitmqClusterReference', 'namespace'] });
  });

/** The source attribute of what is no CloudEvent yet; what a URI cannot hold is percent-encoded. [Knative RabbitmqEventSource] */
export function rabbitmqEventSource(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  queueName: string,
): string {
  const queue = encodeURI(queueName.toWellFormed()).replaceAll(/[#[\]]/g, encodeURIComponent);
  return `/apis/v1/namespaces/${namespace}/rabbitmqsources/${name}#${queue}`;
}

/** All of the spec. */
const IMMUTABLE = [
  'rabbitmqClusterReference',
  'rabbitmqResourcesConfig',
  'delivery',
  'sink',
  'ceOverrides',
  'serviceAccountName',
  'adapterContainerName',
];

/** RabbitmqSource among the kinds. */
export const rabbitmqSourceKind: Kind<RabbitmqSource> = {
  ...OPEN,
  apiVersion: 'sources.knative.dev/v1alpha1',
  kind: 'RabbitmqSource',
  plural: 'rabbitmqsources',
  singular: 'rabbitmqsource',
  shortNames: ['rmqsource'],
  schema: rabbitmqSource,
  immutable: IMMUTABLE.map((field) => ['spec', field]),
  conditions: ['SecretsProvided', 'SinkProvided', 'Deployed'],
  secrets: ({ spec }) => connectionSecretNeeds(spec.rabbitmqClusterReference),
  source: {
    emits: ({ metadata: { namespace, name }, spec }) => [
      {
        type: 'dev.knative.rabbitmq.event',
        source: rabbitmqEventSource({ namespace, name }, spec.rabbitmqResourcesConfig.queueName),
      },
    ],
    called: () => false,
    column: ['QUEUE', 'rabbitmqResourcesConfig', 'queueName'],
  },
};
