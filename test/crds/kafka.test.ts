import { describe, expect, test } from 'vitest';
import { kafkaSinkKind, type KafkaSink } from '../../crds/kafka-sink.ts';
import { parsed, refusals, specOf } from './document.ts';

/** `spec` is JSON: the fields that are given beside, or instead of, those that must be. */
function source(spec: object = {}): string {
  const given = { bootstrapServers: ['k:9092'], topics: ['t'], sink: { uri: 'http://s.example/' }, ...spec };
  return JSON.stringify({
    apiVersion: 'sources.knative.dev/v1',
    kind: 'KafkaSource',
    metadata: { name: 'it' },
    spec: given,
  });
}

function sink(spec: object = {}): string {
  const given = { bootstrapServers: ['k:9092'], topic: 't', ...spec };
  return JSON.stringify({
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'KafkaSink',
    metadata: { name: 'it' },
    spec: given,
  });
}

const ref = (key: string): object => ({ secretKeyRef: { name: 's', key } });

describe('a KafkaSource', () => {
  test('reads from now on, in order, with one consumer, in a group of its own [KafkaSource defaults]', () => {
    expect(specOf(source())).toEqual({
      bootstrapServers: ['k:9092'],
      topics: ['t'],
      sink: { uri: 'http://s.example/' },
      consumers: 1,
      initialOffset: 'latest',
      ordering: 'ordered',
    });
  });

  test.each([
    [{ bootstrapServers: [] }, 'spec.bootstrapServers: is empty; name at least one server as host:port'],
    [{ bootstrapServers: ['k'] }, 'spec.bootstrapServers[0]: is "k"; write host:port'],
    [{ bootstrapServers: ['k:99999'] }, 'spec.bootstrapServers[0]: is "k:99999"; write host:port'],
    [{ bootstrapServers: ['u:hunter2@k:9092'] }, 'spec.bootstrapServers[0]: holds a user; write host:port'],
    [{ topics: [] }, 'spec.topics: is empty; name at least one topic'],
    [{ topics: ['t', 't'] }, 'spec.topics: names a topic twice; name each once'],
    [{ topics: ['a b'] }, 'spec.topics[0]: is "a b"; write at most 249 letters'],
    [{ consumers: 0 }, 'spec.consumers: '],
    [{ initialOffset: 'newest' }, 'spec.initialOffset: '],
    [{ consumerGroup: '' }, 'spec.consumerGroup: is empty; give it a value'],
    [{ net: { sasl: { enable: true, user: ref('u') } } }, 'spec.net.sasl.password: is missing; name a key of a Secret'],
    [
      { net: { sasl: { tokenProvider: ref('t') } } },
      'spec.net.sasl.tokenProvider: asks for OAUTHBEARER; that is not served;',
    ],
    [{ net: { sasl: { roleARN: ref('r') } } }, 'spec.net.sasl.roleARN: asks for AWS MSK IAM; that is not served;'],
    [{ net: { tls: { enable: true, cert: ref('c') } } }, 'spec.net.tls.key: is missing; a certificate and its key'],
    [{ delivery: { deadLetterSink: { uri: 'http://d.example/' } } }, 'spec.delivery.deadLetterSink: is not served;'],
  ])('with %j is refused', (spec, refusal) => {
    expect(refusals(source(spec)).join('\n')).toContain(refusal);
    expect(refusals(source(spec)).join('\n')).not.toContain('hunter2');
  });

  test.each([
    { bootstrapServers: ['a.example:9092', '10.0.0.1:9093', '[::1]:9092'] },
    { consumers: 3, consumerGroup: 'g', ordering: 'unordered', initialOffset: 'earliest' },
    { delivery: { retry: 5, backoffPolicy: 'linear', backoffDelay: 'PT1S', timeout: 'PT5S' } },
    { net: { sasl: { enable: false }, tls: { enable: true } } },
  ])('with %j is accepted', (spec) => {
    expect(refusals(source(spec))).toEqual([]);
  });
});

describe('a KafkaSink', () => {
  test('writes structured events, and would make a topic of ten partitions', () => {
    expect(specOf(sink())).toMatchObject({ contentMode: 'structured', numPartitions: 10, replicationFactor: 1 });
  });

  test.each([
    [{ topic: '..' }, 'spec.topic: is ".."; write at most 249 letters'],
    [{ contentMode: 'batch' }, 'spec.contentMode: '],
    [{ numPartitions: 0 }, 'spec.numPartitions: '],
    [{ auth: { secret: { name: 's' } } }, 'spec.auth.secret'],
  ])('with %j is refused', (spec, refusal) => {
    expect(refusals(sink(spec)).join('\n')).toContain(refusal);
  });

  test("reads the keys of its Secret that Knative's format has; without `protocol` it cannot do", () => {
    const result = parsed(sink({ auth: { secret: { ref: { name: 'login' } } } }));
    const resource = result.is === 'resource' && isSink(result.resource) ? result.resource : undefined;
    const needs = resource && kafkaSinkKind.secrets?.(resource);
    expect(needs?.filter(({ optional }) => !optional).map(({ secretKeyRef }) => secretKeyRef)).toEqual([
      { name: 'login', key: 'protocol' },
    ]);
    expect(needs?.map(({ secretKeyRef }) => secretKeyRef.key)).toContain('sasl.mechanism');
  });
});

function isSink(resource: { readonly kind: string }): resource is KafkaSink {
  return resource.kind === 'KafkaSink';
}
