import type { Status } from '../crds/conditions.ts';
import { kindOf, type SinkResource } from '../crds/kinds.ts';
import { conditions, no, told, TRUE, type Judgement } from './conditions.ts';
import type { SinkPlan } from './plan.ts';
import { heldBecause, type Reconciling } from './reconciling.ts';
import { sinkAddress } from './resolve.ts';
import { secretValues } from './secrets.ts';
import type { Declared } from './store.ts';

/** What becomes of one sink. */
export interface ReconciledSink {
  readonly plan: SinkPlan;
  readonly status: Status;
}

/** One sink of a kind of ours: it waits until its secrets are known, and has an address that takes events. [Knative KafkaSink, Addressable] */
export function reconcileSink(sink: SinkResource & Declared, x: Reconciling): ReconciledSink {
  const { metadata, spec, kind, status: previous } = sink;
  const { namespace, name, uid, generation } = metadata;
  const secrets = secretValues(sink, x);
  const held = heldBecause(sink, x);
  const waiting = held ?? ('reason' in secrets ? secrets.message : undefined);
  const judge = (type: string): Judgement => {
    if (type === 'Addressable') return TRUE;
    if (held !== undefined) return no('Refused', held);
    if ('reason' in secrets) return no(secrets.reason, secrets.message);
    return told(x.facts.sink({ namespace, name, kind }), 'it is being prepared');
  };
  const types = kindOf(sink)?.conditions ?? [];
  const address = sinkAddress({ namespace, name, kind }, x.world);
  return {
    status: {
      observedGeneration: generation,
      conditions: conditions(Object.fromEntries(types.map((type) => [type, judge(type)])), {
        previous,
        now: x.world.now,
      }),
      address,
      addresses: [address],
    },
    plan: {
      namespace,
      name,
      kind,
      uid,
      spec,
      secrets: 'values' in secrets ? secrets.values : new Map(),
      ...(waiting === undefined ? {} : { waiting }),
    },
  };
}
