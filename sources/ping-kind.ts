import { pingSource as schema } from '../crds/ping-source.ts';
import type { SourceKind } from './kind.ts';
import { parsedSpec } from './parsed-spec.ts';
import { pingEvent } from './ping-event.ts';
import { pingSource } from './ping.ts';

/** PingSource: a tick of a schedule is an event. [Knative sources.knative.dev/v1 PingSource] */
export const pingKind: SourceKind = {
  kind: 'PingSource',
  condition: 'Deployed',
  start: (instance, { clock, random, log }) => {
    const spec = parsedSpec(schema, 'sources.knative.dev/v1', instance);
    // What no event can carry is refused now, not at the first tick.
    pingEvent(instance, spec, 0);
    return (context) =>
      pingSource({ namespace: instance.namespace, name: instance.name, spec, clock, random, log }, context);
  },
};
