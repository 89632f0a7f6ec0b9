import { pingSource as schema } from '../crds/ping-source.ts';
import type { SourceKind } from './kind.ts';
import { parsedSpec } from './parsed-spec.ts';
import { pingSource } from './ping.ts';

/** PingSource: a tick of a schedule is an event. [Knative sources.knative.dev/v1 PingSource] */
export const pingKind: SourceKind = {
  kind: 'PingSource',
  condition: 'Deployed',
  start: (instance, { clock, random, log }) => {
    const spec = parsedSpec(schema, 'sources.knative.dev/v1', instance);
    return (context) =>
      pingSource({ namespace: instance.namespace, name: instance.name, spec, clock, random, log }, context);
  },
};
