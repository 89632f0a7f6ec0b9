import { describe, expect, test } from 'vitest';
import { DOCUMENT_DEPTH_MAX, parse } from '../../crds/parse.ts';
import { parsed, refusals, trigger } from './document.ts';

describe('what a document is', () => {
  test('nothing that an object of Kubernetes has: no object of Kubernetes', () => {
    expect(parse({ name: 'package', version: '1.0.0' })).toEqual({ is: 'no-object' });
    expect(parse('text')).toEqual({ is: 'no-object' });
    expect(parse(['a'])).toEqual({ is: 'no-object' });
  });

  test('an object whose apiVersion and kind were forgotten is refused', () => {
    expect(refusals('metadata: {name: a}\nspec: {}')).toEqual([
      'apiVersion: is missing; every Kubernetes object has an apiVersion and a kind',
      'kind: is missing; every Kubernetes object has an apiVersion and a kind',
    ]);
  });

  test('a kind of another group is foreign', () => {
    const result = parsed('apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}');
    const foreign = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web', addresses: [] };
    expect(result).toEqual({ is: 'foreign', foreign });
  });

  test('a foreign object keeps the addresses it declares, its annotation first', () => {
    const result = parsed(`apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: web, namespace: apps, annotations: {weir.dev/address: "http://127.0.0.1:9000/"}}
status: {address: {url: "http://web.apps.svc"}, addresses: [{name: https, url: "https://web.apps.svc", audience: a}]}`);
    expect(result.is === 'foreign' && result.foreign.addresses).toEqual([
      { url: 'http://127.0.0.1:9000/' },
      { url: 'http://web.apps.svc' },
      { name: 'https', url: 'https://web.apps.svc', audience: 'a' },
    ]);
  });

  test('a kind that a served group has and Weir has not is refused: passing over a policy would fail open', () => {
    expect(refusals('apiVersion: eventing.knative.dev/v1alpha1\nkind: EventPolicy\nmetadata: {name: p}')).toEqual([
      'kind: is "EventPolicy"; this kind of eventing.knative.dev/v1alpha1 is not served; of that group there are Broker, Trigger, KafkaSink',
    ]);
  });

  test('a kind that is nearly one of ours is refused with the one that was meant', () => {
    expect(refusals('apiVersion: eventing.knative.dev/v1\nkind: Triger\nmetadata: {name: p}')[0]).toMatch(
      /\(did you mean Trigger\?\)$/,
    );
  });

  test('another version of a kind of ours is refused with the version that is served', () => {
    expect(refusals('apiVersion: sources.knative.dev/v1beta2\nkind: PingSource\nmetadata: {name: p}')).toEqual([
      'apiVersion: is "sources.knative.dev/v1beta2"; this version is not served; write sources.knative.dev/v1',
    ]);
  });

  test('what is refused has its identity, so that its last good version is found', () => {
    const result = parsed(trigger('filters: [{}]'));
    expect(result.is === 'refused' && result.identity).toEqual({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Trigger',
      namespace: 'default',
      name: 'hook',
    });
  });

  test('what is not served yet has a code of its own', () => {
    const code = (yaml: string): unknown => {
      const result = parsed(yaml);
      return result.is === 'refused' && result.code;
    };
    expect(code(trigger('filters: [{cesql: "TRUE"}]'))).toBe('resource-unsupported');
    expect(code(trigger('filters: [{}]'))).toBe('resource-invalid');
  });
});

describe('names [Kubernetes names]', () => {
  const broker = (metadata: string): string =>
    `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: ${metadata}`;
  test.each([
    ['{}', 'metadata.name: is missing; write text'],
    ['{name: ""}', 'metadata.name: is empty; write at most 253 lower-case letters'],
    ['{name: A}', 'metadata.name: is "A"; write at most 253 lower-case letters'],
    ['{name: -a}', 'metadata.name: is "-a"'],
    ['{name: a..b}', 'metadata.name: is "a..b"'],
    [`{name: ${'a'.repeat(64)}}`, 'metadata.name: has 64 characters; at most 63: it becomes a label of its Triggers'],
    ['{name: 5}', 'metadata.name: is 5; write text: "5"'],
    ['{name: a, namespace: a.b}', 'metadata.namespace: is "a.b"; write at most 63 lower-case letters'],
    ['{name: a, namespace: "../etc"}', 'metadata.namespace: is "../etc"'],
    ['{name: a, annotations: {eventing.knative.dev/broker.class: ""}}', 'is empty; name a class, or leave the'],
    ['{name: a, annotations: {weir.dev/address: "no url"}}', 'metadata.annotations[weir.dev/address]: is no address;'],
  ])('%s is refused', (metadata, refusal) => {
    expect(refusals(broker(metadata)).join('\n')).toContain(refusal);
  });

  test.each([
    '{name: a}',
    '{name: a.b}',
    `{name: ${'a'.repeat(63)}}`,
    '{name: a-1, labels: , annotations: , finalizers: [x]}',
  ])('%s is accepted: metadata is tolerant, as Kubernetes is', (metadata) => {
    expect(refusals(broker(metadata))).toEqual([]);
  });

  test('unknown fields beside metadata and spec are refused', () => {
    expect(refusals(`${broker('{name: a}')}\nspce: {}`)).toEqual([
      'spce: is no known field; known here: apiVersion, kind, metadata, spec (did you mean spec?)',
    ]);
  });
});

describe('what is hostile', () => {
  test('a field __proto__ is refused wherever it stands: it would pass unseen', () => {
    const document: unknown = JSON.parse(
      '{"apiVersion":"eventing.knative.dev/v1","kind":"Trigger","metadata":{"name":"a"},"spec":{"filters":[{"exact":{"type":"a","__proto__":"b"}}]}}',
    );
    const result = parse(document);
    expect(result.is === 'refused' && result.refusals[0]?.found).toBe('has a field __proto__');
  });

  test('nesting has an end', () => {
    let filter: unknown = { exact: { type: 'a' } };
    for (let i = 0; i < DOCUMENT_DEPTH_MAX; i++) filter = { not: filter };
    const spec = { broker: 'default', subscriber: { uri: 'http://a/' }, filters: [filter] };
    const result = parse({ apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', metadata: { name: 'a' }, spec });
    expect(result.is === 'refused' && result.refusals[0]?.found).toBe(`nests deeper than ${DOCUMENT_DEPTH_MAX}`);
  });

  test('texts quote a bad value cut and on one line', () => {
    const [refusal = ''] = refusals(trigger(`delivery: {timeout: "${'x'.repeat(500)}\\n"}`));
    expect(refusal.length).toBeLessThan(200);
    expect(refusal).not.toContain('\n');
  });
});
