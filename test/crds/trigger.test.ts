import { describe, expect, test } from 'vitest';
import { parsed, refusals, specOf, trigger } from './document.ts';

const NAMES = 'write lower-case letters and digits, beginning with a letter';

describe('a filter is refused with its path', () => {
  const table: readonly (readonly [title: string, spec: string, refusal: string])[] = [
    [
      'an empty value',
      'filters: [{exact: {a: b}}, {exact: {type: ""}}]',
      'spec.filters[1].exact.type: is empty; to accept any type, leave the attribute out',
    ],
    [
      'an empty prefix',
      'filters: [{prefix: {source: ""}}]',
      'spec.filters[0].prefix.source: is empty; to accept any source, leave the attribute out',
    ],
    [
      'an empty suffix',
      'filters: [{suffix: {subject: ""}}]',
      'spec.filters[0].suffix.subject: is empty; to accept any subject, leave the attribute out',
    ],
    [
      'no attribute',
      'filters: [{exact: {}}]',
      'spec.filters[0].exact: is empty; give at least one attribute, or leave the element out',
    ],
    [
      'an empty all',
      'filters: [{all: []}]',
      'spec.filters[0].all: is empty; give at least one filter, or leave it out',
    ],
    [
      'an empty any, however deep',
      'filters: [{not: {any: []}}]',
      'spec.filters[0].not.any: is empty; give at least one filter, or leave it out',
    ],
    [
      'two dialects in one element [SubscriptionsAPIFilter: exactly one]',
      'filters: [{exact: {type: a}, suffix: {source: b}}]',
      'spec.filters[0]: has 2 dialects (exact, suffix); write one per element: all elements must match',
    ],
    [
      'no dialect',
      'filters: [{}]',
      'spec.filters[0]: names no dialect; write one of exact, prefix, suffix, all, any, not',
    ],
    [
      'an unknown dialect',
      'filters: [{exct: {type: a}}]',
      'spec.filters[0].exct: is no known field; known here: exact, prefix, suffix, all, any, not, cesql (did you mean exact?)',
    ],
    [
      'cesql, by its name',
      'filters: [{cesql: "type = \'a\'"}]',
      'spec.filters[0].cesql: is an expression; this dialect is not served yet; write the condition with exact, prefix, suffix, all, any, not',
    ],
    [
      'a number where text belongs',
      'filters: [{exact: {sequence: 5}}]',
      'spec.filters[0].exact.sequence: is 5; write text: "5"',
    ],
    [
      'a list where fields belong',
      'filters: [{exact: [a]}]',
      'spec.filters[0].exact: is a list; write an object with fields',
    ],
    ['null', 'filter:', 'spec.filter: is empty; write an object with fields: attributes'],
  ];
  test.each(table)('%s', (_title, spec, refusal) => {
    expect(refusals(trigger(spec))).toEqual([refusal]);
  });

  test.each(['SOURCE', 'Source', 'souRce', 'my attribute', 'my_attribute', 'my-attribute', '12', '😀', 'a!', ''])(
    'an attribute named %j [Trigger filter: ^[a-z][a-z0-9]*$]',
    (name) => {
      const quotedName = JSON.stringify(name);
      expect(refusals(trigger(`filter: {attributes: {${quotedName}: x}}`))[0]).toMatch(new RegExp(`; ${NAMES}$`));
      expect(refusals(trigger(`filters: [{exact: {${quotedName}: x}}]`))[0]).toMatch(new RegExp(`; ${NAMES}$`));
    },
  );
});

describe('a filter is accepted', () => {
  test('legacy attributes may be empty: then the attribute is there [C57]', () => {
    expect(specOf(trigger('filter: {attributes: {type: ""}}'))).toMatchObject({ filter: { attributes: { type: '' } } });
  });

  test('no filter is an empty one [Trigger defaults]', () => {
    expect(specOf(trigger())).toMatchObject({ filter: {} });
  });

  test('an empty list of filters keeps filter', () => {
    const spec = specOf(trigger('filters: []\nfilter: {attributes: {type: a}}'));
    expect(spec).toMatchObject({ filters: [], filter: { attributes: { type: 'a' } } });
  });

  test('dialects nest', () => {
    const filters = [{ any: [{ not: { exact: { type: 'a' } } }, { all: [{ prefix: { source: '/b' } }] }] }];
    expect(specOf(trigger(`filters: ${JSON.stringify(filters)}`))).toMatchObject({ filters });
  });
});

describe('a trigger', () => {
  test('gets the label of its broker [Trigger defaults]', () => {
    const result = parsed(trigger());
    expect(result.is === 'resource' && result.resource.metadata.labels).toEqual({
      'eventing.knative.dev/broker': 'default',
    });
  });

  test.each([
    ['broker: ""', 'spec.broker: is empty;'],
    ['broker: "a/b"', 'spec.broker: is "a/b"; write at most 253 lower-case letters'],
    ['brokerRef: {name: b}', 'spec.brokerRef: names a Broker of another namespace; this is not served;'],
    ['subscriber:', 'spec.subscriber: is empty; write an object with fields'],
    ['subscriber: {}', 'spec.subscriber: names no address; give it a ref, a uri, or both'],
    ['subscriber: {uri: /path}', 'spec.subscriber.uri: is "/path"; write an absolute http or https URL'],
    ['subscriber: {uri: "ftp://a/"}', 'spec.subscriber.uri: is "ftp://a/"; write an absolute http or https URL'],
    ['subscriber: {ref: {kind: Service, name: a}}', 'spec.subscriber.ref.apiVersion: is missing; write text'],
    [
      'subscriber: {uri: "http://a/", CACerts: x}',
      'spec.subscriber.CACerts: holds no certificate; write one or more certificates in PEM form',
    ],
    ['delivery: {retry: -1}', 'spec.delivery.retry: is -1; write at least 0'],
    ['delivery: {retry: 1.5}', 'spec.delivery.retry: is 1.5; write a whole number'],
    ['delivery: {retry: "3"}', 'spec.delivery.retry: is "3"; write a number'],
    ['delivery: {retry: 2147483648}', 'spec.delivery.retry: is 2147483648; write at most 2147483647'],
    ['delivery: {timeout: PT0S}', 'spec.delivery.timeout: is "PT0S"; write a duration of more than 0'],
    [
      'delivery: {timeout: 30s}',
      'spec.delivery.timeout: is "30s"; write an ISO 8601 duration such as PT0.2S, PT30S or P1D',
    ],
    ['delivery: {backoffPolicy: expo}', 'spec.delivery.backoffPolicy: is "expo"; write linear or exponential'],
    ['delivery: {format: avro}', 'spec.delivery.format: is "avro"; write json or binary'],
    [
      'delivery: {deadLeterSink: {uri: "http://a/"}}',
      'spec.delivery.deadLeterSink: is no known field; known here: deadLetterSink, retry, timeout, backoffPolicy, backoffDelay, retryAfterMax, format (did you mean deadLetterSink?)',
    ],
  ])('is refused for %s', (spec, refusal) => {
    expect(refusals(trigger(spec)).join('\n')).toContain(refusal);
  });

  test('may say PT0S where that means something', () => {
    expect(refusals(trigger('delivery: {retryAfterMax: PT0S, backoffDelay: PT0S, retry: 0, timeout: P1D}'))).toEqual(
      [],
    );
  });

  test('is refused if its subscriber holds a password, which no message repeats', () => {
    const [refusal = ''] = refusals(trigger('subscriber: {uri: "http://me:hunter2@a/"}'));
    expect(refusal).toMatch(/^spec\.subscriber\.uri: holds a user or a password/);
    expect(refusal).not.toContain('hunter2');
  });

  test('says everything that is wrong at once', () => {
    expect(refusals(trigger('delivery: {retry: -1, timeout: x}\nfilters: [{}]'))).toHaveLength(3);
  });

  test('a status in the document is passed over', () => {
    expect(refusals(`${trigger()}\nstatus: {anything: [1]}`)).toEqual([]);
  });
});

describe('annotations of a trigger', () => {
  const at = (name: string): string => `metadata.annotations[${name}]`;
  test.each([
    ['weir.dev/start', 'yesterday', 'write latest, earliest, an RFC 3339 time, or {"id":"...","source":"..."}'],
    ['weir.dev/start', '{"source":"/a"}', 'write latest, earliest, an RFC 3339 time, or {"id":"...","source":"..."}'],
    ['weir.dev/start', '2026-02-30', 'write latest, earliest, an RFC 3339 time, or {"id":"...","source":"..."}'],
    ['weir.dev/in-flight', '0', 'write a whole number from 1 to 10000'],
    ['weir.dev/in-flight', '1e3', 'write a whole number from 1 to 10000'],
    ['weir.dev/webhook-handshake', 'false', 'write true, or the DNS name that is sent as WebHook-Request-Origin'],
    ['weir.dev/webhook-handshake', 'https://a.b', 'write true, or the DNS name that is sent as WebHook-Request-Origin'],
    ['kafka.eventing.knative.dev/delivery.order', 'fifo', 'write ordered or unordered'],
    ['rabbitmq.eventing.knative.dev/parallelism', '1001', 'write a whole number from 1 to 1000'],
    [
      'eventing.knative.dev/injection',
      'enabled',
      'nothing here creates Brokers; declare the Broker, and leave this out',
    ],
    [
      'knative.dev/dependency',
      '{"kind":"PingSource"}',
      'write a JSON object with apiVersion, kind and name, in the same namespace',
    ],
    [
      'knative.dev/dependency',
      '{"apiVersion":"a/v1","kind":"B","name":"c","namespace":"other"}',
      'write a JSON object with apiVersion, kind and name, in the same namespace',
    ],
  ])('%s: %s is refused', (name, value, allowed) => {
    const [refusal = ''] = refusals(trigger('', { [name]: value }));
    expect(refusal.startsWith(`${at(name)}: is `)).toBe(true);
    expect(refusal.endsWith(`; ${allowed}`)).toBe(true);
  });

  test.each([
    ['weir.dev/start', 'earliest'],
    ['weir.dev/start', '2026-01-01T00:00:00+01:00'],
    ['weir.dev/start', '{"id":"1","source":"/a"}'],
    ['weir.dev/in-flight', '1'],
    ['weir.dev/webhook-handshake', 'true'],
    ['weir.dev/webhook-handshake', 'events.example.com'],
    ['kafka.eventing.knative.dev/delivery.order', 'ordered'],
    ['rabbitmq.eventing.knative.dev/parallelism', '1000'],
    ['knative.dev/dependency', '{"apiVersion":"a/v1","kind":"B","name":"c"}'],
    ['example.com/anything', 'goes'],
  ])('%s: %s is accepted', (name, value) => {
    expect(refusals(trigger('', { [name]: value }))).toEqual([]);
  });
});
