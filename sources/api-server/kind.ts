import { API_SERVER_START, apiServerSource } from '../../crds/api-server-source.ts';
import { quoted, RefusedError } from '../../events/errors.ts';
import { apiServer } from './api-server.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { secretValue } from '../secret-value.ts';

/** ApiServerSource: a change of an object of a Kubernetes API is an event. [Knative sources.knative.dev/v1 ApiServerSource] */
export const apiServerKind: SourceKind = {
  kind: 'ApiServerSource',
  condition: 'Deployed',
  about: {
    arrives:
      'type `dev.knative.apiserver.ref.{add,update,delete}` with a reference to the object as data or, with `mode: Resource`, `dev.knative.apiserver.resource.{add,update,delete}` with the object; source = the address of the API server, subject = `/apis/<apiVersion>/namespaces/<namespace>/<plural>/<name>`, id = `<uid>/<resourceVersion>/<verb>`, time = arrival, extensions `apiversion`, `kind`, `name`, `namespace`.',
    permissions:
      'list and watch on the objects (and on namespaces with a `namespaceSelector`), for the user of the kubeconfig: that of the process, as kubectl finds it, or `kubeconfig.secretKeyRef`. With `serviceAccountName` the service account needs them, and the user `impersonate` on it.',
    order: 'The order of the changes, within each kind and namespace.',
    duplicates: 'What was emitted and not yet saved comes again with the same id after a crash.',
    position:
      'The resourceVersion of each watch, in the positions of the data folder: changes while it was away come when it runs again, as long as the API remembers them (five minutes or more). If it does not, what is there and changed is emitted as added or updated; what was deleted meanwhile is lost, which is logged and counted as skipped. What is there at first is passed over, as in Knative, unless the label `weir.dev/start: earliest` asks for it.',
  },
  start: (instance, { clock, random, log }) => {
    const { namespace, name } = instance;
    const spec = parsedSpec(apiServerSource, 'sources.knative.dev/v1', instance);
    const { serviceAccountName } = spec;
    const access = {
      kubeconfig: spec.kubeconfig && secretValue(instance, spec.kubeconfig, 'spec.kubeconfig'),
      impersonate:
        serviceAccountName === undefined ? undefined : `system:serviceaccount:${namespace}:${serviceAccountName}`,
      clock,
    };
    const start = startOf(instance);
    return (context) => apiServer({ namespace, name, spec, start, access, clock, random, log }, context);
  },
};

function startOf({ labels }: SourceInstance): 'earliest' | 'latest' {
  const value = labels?.[API_SERVER_START] ?? 'latest';
  if (value === 'earliest' || value === 'latest') return value;
  const path = `metadata.labels[${API_SERVER_START}]`;
  throw new RefusedError('resource-invalid', `${path}: is ${quoted(value)}; write earliest or latest`, { path });
}
