import type { Broker } from '../crds/broker.ts';
import type { Status } from '../crds/conditions.ts';
import { brokerChannel } from './broker-channel.ts';
import { conditions, no, told, TRUE, type Judgement } from './conditions.ts';
import type { BrokerPlan } from './plan.ts';
import { deadLetterFields, deadLetterSink, heldBecause, type DeadLetterSink, type Reconciling } from './reconciling.ts';
import { brokerAddress } from './resolve.ts';
import type { Declared } from './store.ts';

/** What becomes of one Broker. Without `plan` no channel can be opened for it. */
export interface ReconciledBroker {
  readonly broker: Broker & Declared;
  readonly plan?: BrokerPlan;
  readonly status: Status;
  readonly deadLetterSink: DeadLetterSink;
  readonly held?: string;
}

/** Knative's words where there are no EventPolicies, as here. */
const POLICIES_OFF: Judgement = { status: 'True', reason: 'OIDCDisabled' };

/**
 * One Broker of ours. It takes events as soon as its channel is open; while it is not Ready for another reason, its Triggers wait. Conditions bear the names of Knative's default class,
 * as that is what its tools print. [Knative Broker; C2, C6]
 */
export function reconcileBroker(broker: Broker & Declared, x: Reconciling): ReconciledBroker {
  const { metadata, spec, status: previous } = broker;
  const { namespace, name, uid } = metadata;
  const channel = brokerChannel(broker, x.directory, x.world);
  const sink = deadLetterSink(spec.delivery, namespace, x);
  const held = heldBecause(broker, x);
  const address = brokerAddress(metadata, x.world);
  const judgements: Readonly<Record<string, Judgement>> = {
    IngressReady: TRUE,
    TriggerChannelReady:
      'reason' in channel
        ? no(channel.reason, channel.message)
        : told(x.facts.broker({ namespace, name }), 'the channel is being opened'),
    FilterReady: held === undefined ? TRUE : no('Refused', held),
    Addressable: TRUE,
    DeadLetterSinkResolved: sink.judgement,
    EventPoliciesReady: POLICIES_OFF,
  };
  const status: Status = {
    observedGeneration: metadata.generation,
    conditions: conditions(judgements, { previous, now: x.world.now }),
    address,
    addresses: [address],
    ...deadLetterFields(sink),
  };
  return {
    broker,
    status,
    deadLetterSink: sink,
    ...('reason' in channel ? {} : { plan: { namespace, name, uid, channel } }),
    ...(held === undefined ? {} : { held }),
  };
}
