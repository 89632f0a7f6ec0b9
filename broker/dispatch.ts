import type { Channel } from '../channels/channel.ts';
import type { CloudEvent } from '../events/event.ts';
import { UnavailableError } from '../events/errors.ts';
import type { BrokerRef } from '../channels/channel.ts';
import type { TriggerPlan } from '../resources/plan.ts';
import { deliver, type DeliverPorts } from '../triggers/deliver.ts';
import { effectivePolicy } from '../triggers/policy.ts';
import { withoutOurs } from './hops.ts';
import type { OpenDelivery } from './running-trigger.ts';

/** What dispatching needs of the process, beside what delivering does. */
export interface DispatchParts extends Omit<DeliverPorts, 'reply'> {
  /** The channel of a broker, while it is open. */
  readonly channel: (broker: BrokerRef) => Channel | undefined;
  /** Deliveries of a trigger unsettled at once, where its plan does not say. */
  readonly inFlight: number;
}

/** Makes handlers for triggers that have a subscriber. A reply goes to the trigger's own broker, durable before the delivery is done. */
export function dispatcher(parts: DispatchParts): (plan: TriggerPlan) => OpenDelivery {
  return (plan) => {
    const { subscriber, deadLetterSink, namespace, name, broker } = plan;
    if (!subscriber)
      throw new UnavailableError('reference-unresolved', `trigger ${namespace}/${name}: has no subscriber yet`);
    const target = {
      namespace,
      name,
      broker,
      subscriber,
      ...(deadLetterSink && { deadLetterSink }),
      policy: effectivePolicy(plan.delivery, plan.brokerDelivery),
      inFlight: plan.inFlight ?? parts.inFlight,
      ...(plan.handshake && { origin: plan.handshake.origin }),
    };
    const reply = async (event: CloudEvent, hops: number): Promise<void> => {
      const channel = parts.channel({ namespace, name: broker });
      if (!channel)
        throw new UnavailableError('broker-not-ready', `broker ${namespace}/${broker}: is not ready to take the reply`);
      await channel.append([{ event: withoutOurs(event), hops, receivedAtMs: parts.clock.now() }]);
    };
    return deliver(target, { ...parts, reply });
  };
}
