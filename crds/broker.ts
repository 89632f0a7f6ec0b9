import { z } from 'zod';
import { BROKER_CLASS, checkAddress } from './annotations.ts';
import { deliverySpec, type DeliverySpec } from './delivery.ts';
import { reference, type Reference } from './destination.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { refuse } from './refusal.ts';

/** `config` says how the class is to store events; `delivery` counts for triggers that have none. [Knative Broker v1] */
export interface BrokerSpec {
  readonly config?: Reference;
  readonly delivery?: DeliverySpec;
}

/** Takes events and keeps them for its triggers. [Knative Broker v1] */
export type Broker = ResourceOf<'Broker', BrokerSpec>;

// The longest value of a label. [Kubernetes labels]
const NAME_LENGTH_MAX = 63;

/** A Broker, checked; without a spec it has an empty one. */
export const broker: z.ZodType<Broker> = z
  .strictObject({
    apiVersion: z.literal('eventing.knative.dev/v1'),
    kind: z.literal('Broker'),
    metadata,
    spec: z
      .strictObject({ config: reference.exactOptional(), delivery: deliverySpec.exactOptional() })
      .default(() => ({})),
  })
  .superRefine((value, context) => {
    checkAddress(value.metadata.annotations, context);
    if (value.metadata.annotations[BROKER_CLASS] === '')
      refuse(context, {
        found: 'is empty',
        allowed: 'name a class, or leave the annotation out',
        at: ['metadata', 'annotations', BROKER_CLASS],
      });
    if (value.metadata.name.length > NAME_LENGTH_MAX)
      refuse(context, {
        found: `has ${value.metadata.name.length} characters`,
        allowed: `at most ${NAME_LENGTH_MAX}: it becomes a label of its Triggers`,
        at: ['metadata', 'name'],
      });
  });
