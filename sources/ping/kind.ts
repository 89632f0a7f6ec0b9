import { pingSource as schema } from '../../crds/ping-source.ts';
import type { SourceKind } from '../kind.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { pingEvent } from './event.ts';
import { pingSource } from './ping.ts';

/** PingSource: a tick of a schedule is an event. [Knative sources.knative.dev/v1 PingSource] */
export const pingKind: SourceKind = {
  kind: 'PingSource',
  condition: 'Deployed',
  about: {
    arrives:
      'type `dev.knative.sources.ping`, source `/apis/v1/namespaces/<namespace>/pingsources/<name>`, id and time = the instant of the tick, data = `data` or the bytes of `dataBase64`.',
    permissions: 'None.',
    order: 'The order of the ticks.',
    duplicates: 'None: a tick is fired once, also over a crash (it may then be counted as missed though it was fired).',
    position:
      'The last tick, in the positions of the data folder. Ticks that were due while nothing ran are counted and logged, not fired.',
  },
  start: (instance, { clock, random, log }) => {
    const spec = parsedSpec(schema, 'sources.knative.dev/v1', instance);
    // What no event can carry is refused now, not at the first tick.
    pingEvent(instance, spec, 0);
    return (context) =>
      pingSource({ namespace: instance.namespace, name: instance.name, spec, clock, random, log }, context);
  },
};
