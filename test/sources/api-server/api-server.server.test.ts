import { afterAll, beforeAll } from 'vitest';
import { apiServerKind } from '../../../sources/api-server/kind.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { startServer, type Server } from '../../servers/server.ts';
import { KubeUser } from './kube-user.ts';
import { instance } from '../source-world.ts';

let server: Server;
let user: KubeUser;

beforeAll(async () => {
  server = await startServer('kubernetes');
  user = await KubeUser.of(server);
}, 240_000);

afterAll(() => server?.[Symbol.asyncDispose]());

sourceSuite('ApiServerSource', async () => {
  const namespace = await user.namespace();
  let happened = 0;
  const spec = {
    sink: { uri: 'http://sink.example' },
    resources: [{ apiVersion: 'v1', kind: 'ConfigMap', selector: { matchLabels: { app: 'it' } } }],
    mode: 'Resource',
    kubeconfig: { secretKeyRef: { name: 'cluster', key: 'config' } },
  };
  return {
    kind: apiServerKind,
    instance: instance('ApiServerSource', spec, {
      namespace,
      labels: { 'weir.dev/start': 'earliest' },
      secrets: new Map([['cluster/config', user.kubeconfig]]),
    }),
    clock: 'real',
    position: 'kept',
    server,
    happen: async (_world, count) => {
      for (let i = 0; i < count; i += 1)
        await user.create(namespace, `it-${(happened += 1)}`, { labels: { app: 'it' } });
    },
    wrong: { spec: { ...spec, filters: [{ exact: { type: 'x' } }] }, path: 'spec.filters' },
  };
});
