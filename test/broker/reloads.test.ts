import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Reloads } from '../../broker/reloads.ts';
import type { LogFields } from '../../events/log.ts';
import type { Declared } from '../../resources/store.ts';
import { Lines, ownFolder, serving } from '../support/serving.ts';
import { brokerYaml, triggerYaml } from '../support/yaml.ts';

function declared(name: string, metadata: Partial<Declared['metadata']> = {}): Declared {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      generation: 1,
      labels: {},
      annotations: {},
      ...metadata,
    },
    spec: {},
  };
}

/** What is told when this is declared first, then that. */
function told(...states: readonly (readonly Declared[])[]): readonly LogFields[] {
  const lines = new Lines();
  const reloads = new Reloads(lines);
  for (const state of states) reloads.tell(state);
  return lines.all.map(({ fields }) => fields);
}

test('a reload tells in one line what was added, changed and removed', () => {
  const before = [declared('kept'), declared('changed'), declared('gone')];
  const after = [declared('kept'), declared('changed', { generation: 2 }), declared('new')];
  expect(told(before, after, after)).toEqual([
    { added: 'Broker default/new', changed: 'Broker default/changed', removed: 'Broker default/gone' },
  ]);
});

test('an annotation that changed, and one of the same name that is another, count as changed', () => {
  const before = [declared('a'), declared('b')];
  const after = [declared('a', { annotations: { 'weir.dev/in-flight': '1' } }), declared('b', { uid: 'another' })];
  expect(told(before, after)).toEqual([{ changed: 'Broker default/a, Broker default/b' }]);
});

test('of many, ten are named and the others counted', () => {
  const many = Array.from({ length: 13 }, (_, i) => declared(`b${i}`));
  const [line] = told([], many);
  expect(line?.['added']).toBe(`${Array.from({ length: 10 }, (_, i) => `Broker default/b${i}`).join(', ')} and 3 more`);
});

test('a status that changed, and what is declared at the start, are not told', () => {
  const ready = { ...declared('a'), status: { conditions: [{ type: 'Ready', status: 'True' as const }] } };
  expect(told([declared('a')], [ready])).toEqual([]);
});

test('a trigger that is renamed in a file while it is served is told', async () => {
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, brokerYaml() + triggerYaml('old', 'http://127.0.0.1:9'));
  const { lines } = await serving({ paths: [file] });
  await writeFile(file, brokerYaml() + triggerYaml('new', 'http://127.0.0.1:9'));
  expect(await lines.first('resources.changed')).toEqual({
    level: 'info',
    name: 'resources.changed',
    fields: { added: 'Trigger default/new', removed: 'Trigger default/old' },
  });
});
