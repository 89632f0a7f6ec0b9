import { readFileSync } from 'node:fs';
import { KubeConfig, Watch } from '@kubernetes/client-node';
import { z } from 'zod';
import { KubeUser } from '../../test/sources/api-server/kube-user.ts';
import { type SourceBench, THING } from './source-bench.ts';

const OBJECTS = 32;
const PATH = '/api/v1/namespaces/default/configmaps';
const versioned = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
/** Where the watch of a name may begin. */
const markOf = (name: string): string => `${name}-mark`;

/** Changes of ConfigMaps, read by a watch that goes on from before them: as after a restart. */
export const kubernetesBench: SourceBench = {
  kind: 'ApiServerSource',
  server: 'kubernetes',
  address: 'KUBECONFIG',
  // What the API remembers of changes is bounded, and it takes 2,000 in a second.
  things: 24_000,
  async touch(address, name) {
    const user = await KubeUser.of({ env: { KUBECONFIG: address } });
    const labels = { bench: name };
    await user
      .create('default', markOf(name), { labels })
      .catch(() => user.change('default', markOf(name), { at: String(performance.now()) }));
  },
  async fill(address, name, count) {
    const user = await KubeUser.of({ env: { KUBECONFIG: address } });
    const labels = { bench: name };
    let left = count;
    const change = async (object: string): Promise<void> => {
      await user.create('default', object, { labels });
      for (left -= 1; left > 0;) {
        left -= 1;
        await user.change('default', object, { left: String(left), data: THING });
      }
    };
    await Promise.all(Array.from({ length: OBJECTS }, (_, i) => change(`${name}-${i}`)));
  },
  source: (address, name) => ({
    apiVersion: 'sources.knative.dev/v1',
    spec: {
      resources: [{ apiVersion: 'v1', kind: 'ConfigMap', selector: { matchLabels: { bench: name } } }],
      mode: 'Resource',
      kubeconfig: { secretKeyRef: { name: 'bench', key: 'kubeconfig' } },
    },
    secrets: { kubeconfig: readFileSync(address, 'utf8') },
  }),
  async read(address, name, took) {
    const config = new KubeConfig();
    config.loadFromFile(address);
    const user = await KubeUser.of({ env: { KUBECONFIG: address } });
    const mark = await user.change('default', markOf(name), {});
    const { resourceVersion } = versioned.parse(mark).metadata;
    await new Promise<void>((resolve, reject) => {
      const query = { labelSelector: `bench=${name}`, resourceVersion };
      let all = false;
      const each = (): void => {
        all = took(1);
        if (all) watch.then((controller) => controller.abort(), reject);
      };
      const end = (error: unknown): void => (all ? resolve() : reject(new Error('the watch ended', { cause: error })));
      const watch = new Watch(config).watch(PATH, query, each, end);
      watch.catch(reject);
    });
  },
};
