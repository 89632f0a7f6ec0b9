import { writeFile } from 'node:fs/promises';

/** One broker and `triggers` triggers of which one matches what the load generator sends; the others ask for types of their own. */
export async function writeResources(
  file: string,
  options: { readonly sink: string; readonly triggers?: number; readonly delivery?: string },
): Promise<string> {
  const { sink, triggers = 1, delivery = '' } = options;
  const broker = [
    'apiVersion: eventing.knative.dev/v1',
    'kind: Broker',
    'metadata: { name: default, namespace: default }',
  ].join('\n');
  const all = Array.from({ length: triggers }, (_, i) =>
    trigger(i === 0 ? 'bench.event' : `other.${i}`, i, sink, delivery),
  );
  await writeFile(file, [broker, ...all].join('\n---\n'));
  return file;
}

function trigger(...[type, number, sink, delivery]: readonly [string, number, string, string]): string {
  return `apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: bench-${number}, namespace: default }
spec:
  broker: default
  filters: [{ exact: { type: ${type} } }]
  subscriber: { uri: '${sink}' }
${delivery}`;
}
