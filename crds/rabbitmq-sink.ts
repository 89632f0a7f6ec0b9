import { z } from 'zod';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { filledText } from './names.ts';
import {
  connectionSecretNeeds,
  foreignNamespace,
  rabbitmqClusterReference,
  type RabbitmqClusterReference,
} from './rabbitmq-cluster.ts';
import { refuse } from './refusal.ts';

/** Which exchange events are published to, and how. */
export interface RabbitmqSinkSpec {
  readonly rabbitmqClusterReference: RabbitmqClusterReference;
  readonly vhost: string;
  /** It must be there. Empty: the default exchange, whose routing keys are the names of queues. */
  readonly exchangeName: string;
  readonly routingKey: string;
  readonly contentMode: 'binary' | 'structured';
}

/** Takes events and publishes them to an exchange of RabbitMQ. */
export type RabbitmqSink = ResourceOf<'RabbitmqSink', RabbitmqSinkSpec>;

const SHORT_STRING_MAX = 255;

const shortText: z.ZodType<string> = z.string().superRefine((text, context) => {
  if (Buffer.byteLength(text) > SHORT_STRING_MAX)
    refuse(context, { found: 'is too long', allowed: `names in AMQP have at most ${SHORT_STRING_MAX} bytes` });
});

/** A RabbitmqSink, checked. */
export const rabbitmqSink: z.ZodType<RabbitmqSink> = z
  .strictObject({
    apiVersion: z.literal('sinks.weir.dev/v1alpha1'),
    kind: z.literal('RabbitmqSink'),
    metadata,
    spec: z.strictObject({
      rabbitmqClusterReference,
      vhost: filledText.default('/'),
      exchangeName: shortText,
      routingKey: shortText.default(''),
      contentMode: z.enum(['binary', 'structured']).default('binary'),
    }),
  })
  .superRefine(({ metadata: { namespace }, spec }, context) => {
    const foreign = foreignNamespace(spec.rabbitmqClusterReference, namespace);
    if (foreign) refuse(context, { ...foreign, at: ['spec', 'rabbitmqClusterReference', 'namespace'] });
    if (spec.exchangeName === '' && spec.routingKey === '')
      refuse(context, {
        found: 'is empty',
        allowed: 'without an exchange, name the queue here',
        at: ['spec', 'routingKey'],
      });
  });

/** RabbitmqSink among the kinds. */
export const rabbitmqSinkKind: Kind<RabbitmqSink> = {
  ...OPEN,
  apiVersion: 'sinks.weir.dev/v1alpha1',
  kind: 'RabbitmqSink',
  plural: 'rabbitmqsinks',
  singular: 'rabbitmqsink',
  schema: rabbitmqSink,
  conditions: ['Addressable', 'ExchangeReady'],
  secrets: ({ spec }) => connectionSecretNeeds(spec.rabbitmqClusterReference),
  sink: true,
};
