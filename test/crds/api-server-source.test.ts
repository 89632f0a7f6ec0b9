import { describe, expect, test } from 'vitest';
import { apiServerSource } from '../../crds/api-server-source.ts';
import { labelSelectorText } from '../../crds/label-selector.ts';

function parse(spec: object): ReturnType<typeof apiServerSource.safeParse> {
  return apiServerSource.safeParse({
    apiVersion: 'sources.knative.dev/v1',
    kind: 'ApiServerSource',
    metadata: { name: 'it', namespace: 'default' },
    spec: { sink: { uri: 'http://sink.example' }, resources: [{ apiVersion: 'v1', kind: 'Pod' }], ...spec },
  });
}

describe('an ApiServerSource', () => {
  test('sends references unless it says otherwise', () => {
    expect(parse({}).data?.spec.mode).toBe('Reference');
  });

  test.each([
    [{ resources: [] }, 'spec.resources: is empty; name at least one kind of objects'],
    [{ resources: [{ apiVersion: 'apps/v1/x', kind: 'Pod' }] }, 'spec.resources.0.apiVersion: is "apps/v1/x"'],
    [{ resources: [{ apiVersion: 'v1', kind: 'pods/status' }] }, 'spec.resources.0.kind: is "pods/status"'],
    [{ filters: [{ exact: { type: 'x' } }] }, 'spec.filters: is not served; write the filters on the Triggers'],
    [{ mode: 'Object' }, 'spec.mode: '],
    [
      { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      'spec.namespaceSelector.matchExpressions.0.values: is missing',
    ],
    [{ namespaceSelector: { matchLabels: { a: 'b,c=d' } } }, 'spec.namespaceSelector.matchLabels.a: is "b,c=d"'],
  ])('%j is refused', (spec, begins) => {
    const said = (parse(spec).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
    expect(said.some((one) => one.startsWith(begins))).toBe(true);
  });

  test('may have an empty list of filters', () => {
    expect(parse({ filters: [] }).success).toBe(true);
  });
});

test('a label selector is written as the API takes it', () => {
  expect(
    labelSelectorText({
      matchLabels: { app: 'x' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'env', operator: 'NotIn', values: ['dev'] },
        { key: 'example.com/new', operator: 'Exists' },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    }),
  ).toBe('app=x,tier in (a,b),env notin (dev),example.com/new,!old');
  expect(labelSelectorText({})).toBe('');
});
