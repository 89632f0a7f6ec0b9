import type { SourceKind } from './kind.ts';
import { type PingConfig, pingSource } from './ping.ts';

/** PingSource: a tick of a schedule is an event. [Knative sources.knative.dev/v1 PingSource] */
export const pingKind: SourceKind = {
  kind: 'PingSource',
  condition: 'Deployed',
  start: (instance, ports) => {
    // The spec was parsed by the schema of this kind.
    const spec = instance.spec as PingConfig['spec'];
    return (context) => pingSource({ ...ports, namespace: instance.namespace, name: instance.name, spec }, context);
  },
};
