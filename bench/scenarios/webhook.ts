import { writeFile } from 'node:fs/promises';
import { cpuOf, type LoadResult } from '../load.ts';
import { startWeir } from '../processes.ts';
import { row, type Row } from '../rows.ts';
import type { Scenario } from './scenario.ts';

/** The same requests to the address of a WebhookSource and to its broker, in turns: what a webhook costs beside an event. Nothing is signed, as the load generator cannot. */
export const webhook: Scenario = called({
  kind: 'WebhookSource',
  spec: `
  provider: generic
  authentication: none
  generic: { type: bench.event, source: https://bench.example, id: '{header:ce-id}' }`,
});

/** As `webhook`, with notifications as MinIO posts them, with its token. */
export const storageWebhook: Scenario = called({
  kind: 'ObjectStorageSource',
  spec: `
  provider: minio
  http: { authToken: { secretKeyRef: { name: bench, key: token } } }`,
  minio: true,
});

interface Called {
  readonly kind: string;
  /** YAML, without the sink. */
  readonly spec: string;
  /** Whether it is sent notifications of a MinIO instead of events. */
  readonly minio?: boolean;
}

function called({ kind, spec, minio = false }: Called): Scenario {
  return async (bench) => {
    const file = `${bench.folder}/weir.yaml`;
    await writeFile(file, resources({ kind, spec, sink: bench.sink }));
    await using weir = await startWeir(file, `${bench.folder}/data`);
    const address = new URL(`/-/sources/default/${kind.toLowerCase()}/bench`, weir.url).href;
    const events = bench.quick ? 5_000 : 40_000;
    const rounds: { readonly hook: LoadResult; readonly ingress: LoadResult }[] = [];
    for (let round = 0; round < (bench.quick ? 1 : 3); round += 1)
      rounds.push({
        hook: await bench.load({ url: address, pid: weir.pid, events, minio }),
        ingress: await bench.load({ url: weir.url, pid: weir.pid, events }),
      });
    const of = (name: string, unit: string, value: (round: (typeof rounds)[number]) => number): Row =>
      row({ name: `${kind}: ${name}`, unit }, rounds.map(value));
    return [
      of(
        'delivered to the sink',
        'x HTTP ingress',
        ({ hook, ingress }) => hook.end_to_end_per_s / ingress.end_to_end_per_s,
      ),
      of('delivered', 'events/s', ({ hook }) => hook.end_to_end_per_s),
      of('delivered, CPU per event', 'us', ({ hook }) => cpuOf(hook) * 10),
      of('HTTP ingress in the same process', 'events/s', ({ ingress }) => ingress.end_to_end_per_s),
      of('HTTP ingress in the same process, CPU per event', 'us', ({ ingress }) => cpuOf(ingress) * 10),
    ];
  };
}

function resources({ kind, spec, sink }: Called & { readonly sink: string }): string {
  return `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default }
---
apiVersion: sources.weir.dev/v1alpha1
kind: ${kind}
metadata: { name: bench }
spec:${spec}
  sink: { ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: default } }
---
apiVersion: v1
kind: Secret
metadata: { name: bench }
stringData: { token: bench }
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: bench }
spec: { broker: default, subscriber: { uri: '${sink}' } }
`;
}
