import { describe, expect, test } from 'vitest';
import { httpPollSource, httpPollSourceKind, httpPollUri } from '../../crds/http-poll-source.ts';

function parse(spec: object): ReturnType<typeof httpPollSource.safeParse> {
  return httpPollSource.safeParse({
    apiVersion: 'sources.weir.dev/v1alpha1',
    kind: 'HttpPollSource',
    metadata: { name: 'it', namespace: 'default' },
    spec: { sink: { uri: 'http://sink.example' }, url: 'https://api.example/x', ...spec },
  });
}

function refusals(spec: object): readonly string[] {
  return (parse(spec).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('an HttpPollSource', () => {
  test('has defaults', () => {
    expect(parse({}).data?.spec).toMatchObject({
      interval: 'PT1M',
      timeout: 'PT30S',
      method: 'GET',
      headers: [],
      initial: 'emit',
      bodyBytesMax: 8 * 1024 * 1024,
    });
  });

  test.each([
    [{ url: 'https://me:pw@api.example/' }, 'spec.url: is no such URL'],
    [{ interval: 'PT0.5S' }, 'spec.interval: is "PT0.5S"; write at least PT1S'],
    [{ items: 'items' }, 'spec.items: is "items"; write a JSON Pointer'],
    [{ id: '{body:/id}' }, 'spec.id: stands without items'],
    [{ items: '', id: '/id' }, 'spec.id: is "/id"; it is the same for every item; write {body:/id}'],
    [{ items: '', cursor: { parameter: 'a' } }, 'spec.cursor: does not say where it lies'],
    [
      { items: '', cursor: { parameter: 'a', answer: '/a', lastItem: '/b' } },
      'spec.cursor: does not say where it lies',
    ],
    [{ items: '', pages: 'link', cursor: { parameter: 'a', answer: '/a' } }, 'spec.pages: stands beside cursor'],
    [
      { headers: [{ name: 'X', value: 'a', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }] },
      'spec.headers.0: has not one value',
    ],
    [{ headers: [{ name: 'If-None-Match', value: 'a' }] }, 'spec.headers.0.name: is "If-None-Match"'],
    [{ headers: [{ name: 'X', value: 'a\nb' }] }, 'spec.headers.0: holds what no header can'],
    [{ headers: [{ name: 'X', value: 'a', prefix: 'b' }] }, 'spec.headers.0.prefix: stands without valueFrom'],
  ])('%j is refused', (spec, begins) => {
    expect(refusals(spec).some((said) => said.startsWith(begins))).toBe(true);
  });

  test('says what it emits where that is known beforehand', () => {
    const source = parse({ url: 'https://api.example/x?key=hidden' }).data;
    expect(source && httpPollSourceKind.source?.emits(source)).toEqual([
      { type: 'dev.weir.httppoll.document', source: 'https://api.example/x' },
    ]);
    expect(source && httpPollUri(source.spec)).not.toContain('hidden');
  });
});
