import { z } from 'zod';
import { checkTriggerAnnotations } from './annotations.ts';
import { deliverySpec, type DeliverySpec } from './delivery.ts';
import { destination, type Destination } from './destination.ts';
import { filterSpec, legacyFilter, type TriggerFilterSpec } from './filter.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { objectName } from './names.ts';
import { refuse } from './refusal.ts';

/** `broker` is the name of a Broker in the same namespace; immutable. [Knative Trigger v1] */
export interface TriggerSpec extends TriggerFilterSpec {
  readonly broker: string;
  readonly subscriber: Destination;
  readonly delivery?: DeliverySpec;
}

/** A filter and a subscriber on a broker. [Knative Trigger v1] */
export type Trigger = ResourceOf<'Trigger', TriggerSpec>;

/** The label that every Trigger gets: its broker's name. [Knative Trigger defaults] */
export const BROKER_LABEL = 'eventing.knative.dev/broker';

const spec = z
  .strictObject({
    broker: objectName.exactOptional(),
    brokerRef: z.unknown().exactOptional(),
    filter: legacyFilter.default(() => ({})),
    filters: z.array(filterSpec).exactOptional(),
    subscriber: destination,
    delivery: deliverySpec.exactOptional(),
  })
  .transform(({ broker, brokerRef, ...rest }, context): TriggerSpec => {
    if (brokerRef !== undefined)
      refuse(context, {
        found: 'names a Broker of another namespace',
        allowed: 'this is not served; declare the Trigger beside its Broker and name it in spec.broker',
        at: ['brokerRef'],
      });
    else if (broker === undefined)
      refuse(context, { found: 'is missing', allowed: 'name a Broker of the same namespace', at: ['broker'] });
    return { broker: broker ?? '', ...rest };
  });

/** A Trigger, checked; it gets the label of its broker and `filter: {}`. */
export const trigger: z.ZodType<Trigger> = z
  .strictObject({
    apiVersion: z.literal('eventing.knative.dev/v1'),
    kind: z.literal('Trigger'),
    metadata,
    spec,
  })
  .superRefine(({ metadata }, context) => checkTriggerAnnotations(metadata.annotations, metadata.namespace, context))
  .transform((value) => ({
    ...value,
    metadata: { ...value.metadata, labels: { ...value.metadata.labels, [BROKER_LABEL]: value.spec.broker } },
  }));
