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
    // Both become a folder, a topic and one segment of the ingress path.
    if (value.metadata.name.length > 63 || value.metadata.name.includes('.'))
      refuse(context, {
        found: 'is too long or has a "."',
        allowed: 'a Broker is named in at most 63 lower-case letters, digits and "-"',
        at: ['metadata', 'name'],
      });
  });
