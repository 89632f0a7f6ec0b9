import { describe, expect, test } from 'vitest';
import { kindOf } from '../../crds/kinds.ts';
import { rabbitmqSink } from '../../crds/rabbitmq-sink.ts';
import { parsed, refusals, specOf } from './document.ts';

const FIELDS: Readonly<Record<string, string>> = {
  sink: 'sink: {uri: "http://sink.example/"}',
  rabbitmqClusterReference: 'rabbitmqClusterReference: {connectionSecret: {name: rabbit}}',
  rabbitmqResourcesConfig: 'rabbitmqResourcesConfig: {exchangeName: ex, queueName: q}',
};

function source(spec = ''): string {
  const given = Object.entries(FIELDS).filter(([name]) => !spec.includes(`${name}:`));
  const lines = [...given.map(([, line]) => line), ...spec.split('\n')].map((line) => `  ${line}`).join('\n');
  return `apiVersion: sources.knative.dev/v1alpha1\nkind: RabbitmqSource\nmetadata: {name: it}\nspec:\n${lines}`;
}

describe('a RabbitmqSource', () => {
  test('takes one message at a time out of a quorum queue of the vhost / [RabbitmqSource defaults]', () => {
    expect(specOf(source())).toMatchObject({
      rabbitmqResourcesConfig: { vhost: '/', queueType: 'quorum', parallelism: 1, predeclared: false },
    });
  });

  test.each([
    ['rabbitmqClusterReference: {}', 'spec.rabbitmqClusterReference: names no Secret; write connectionSecret:'],
    [
      'rabbitmqClusterReference: {name: rmq}',
      'spec.rabbitmqClusterReference.name: is "rmq", and no RabbitmqCluster is looked up here; write connectionSecret: {name: rmq-default-user}',
    ],
    [
      'rabbitmqClusterReference: {name: rmq, connectionSecret: {name: s}}',
      'spec.rabbitmqClusterReference.name: stands beside connectionSecret; leave it out',
    ],
    [
      'rabbitmqClusterReference: {namespace: other, connectionSecret: {name: s}}',
      'spec.rabbitmqClusterReference.namespace: is "other"; secrets are read in the namespace of who names them (default)',
    ],
    [
      'rabbitmqResourcesConfig: {queueName: q}',
      'spec.rabbitmqResourcesConfig.exchangeName: is missing; name the exchange',
    ],
    ['rabbitmqResourcesConfig: {exchangeName: e}', 'spec.rabbitmqResourcesConfig.queueName: is missing'],
    [
      'rabbitmqResourcesConfig: {exchangeName: e, queueName: q, parallelism: 1001}',
      'spec.rabbitmqResourcesConfig.parallelism: is 1001',
    ],
    [
      'rabbitmqResourcesConfig: {exchangeName: e, queueName: q, queueType: stream}',
      'spec.rabbitmqResourcesConfig.queueType: is "stream"',
    ],
    ['delivery: {backoffDelay: soon}', 'spec.delivery.backoffDelay: is "soon"'],
    ['delivery: {deadLetterSink: {uri: "http://x"}}', 'spec.delivery.deadLetterSink: is no known field'],
  ])('%s is refused', (spec, refusal) => {
    expect(refusals(source(spec)).join('\n')).toContain(refusal);
  });

  test.each([
    'rabbitmqResourcesConfig: {queueName: q, predeclared: true}',
    'rabbitmqClusterReference: {namespace: default, connectionSecret: {name: s}}',
    'delivery: {retry: 5, backoffPolicy: linear, backoffDelay: PT0.2S}\nserviceAccountName: a\nadapterContainerName: b',
  ])('%s is accepted', (spec) => {
    expect(refusals(source(spec))).toEqual([]);
  });

  test('needs what its connection secret must hold, and reads what it may', () => {
    const result = parsed(source());
    if (result.is !== 'resource') throw new Error(result.is);
    const needs = kindOf(result.resource)?.secrets?.(result.resource) ?? [];
    const keys = (optional: boolean) =>
      needs.filter((need) => need.optional === optional).map((need) => need.secretKeyRef.key);
    expect(keys(false)).toEqual(['username', 'password']);
    expect(keys(true)).toEqual(['uri', 'host', 'port', 'ca.crt', 'tls.crt', 'tls.key']);
  });

  test('emits what its queue is called', () => {
    const result = parsed(source('rabbitmqResourcesConfig: {exchangeName: e, queueName: "a b#c"}'));
    if (result.is !== 'resource') throw new Error(result.is);
    expect(kindOf(result.resource)?.source?.emits(result.resource)).toEqual([
      { type: 'dev.knative.rabbitmq.event', source: '/apis/v1/namespaces/default/rabbitmqsources/it#a%20b%23c' },
    ]);
  });
});

describe('a RabbitmqSink', () => {
  const read = (spec: object) =>
    rabbitmqSink.safeParse({
      apiVersion: 'sinks.weir.dev/v1alpha1',
      kind: 'RabbitmqSink',
      metadata: { name: 'out' },
      spec: { rabbitmqClusterReference: { connectionSecret: { name: 's' } }, ...spec },
    });

  test('publishes in binary mode through the vhost / unless told otherwise', () => {
    expect(read({ exchangeName: 'e' }).data?.spec).toMatchObject({ vhost: '/', routingKey: '', contentMode: 'binary' });
  });

  test.each([
    [{ exchangeName: '' }, 'is empty; without an exchange, name the queue here'],
    [{ exchangeName: 'e'.repeat(256) }, 'is too long; names in AMQP have at most 255 bytes'],
  ])('%j is refused', (spec, refusal) => {
    expect(read(spec).error?.issues[0]?.message).toBe(refusal);
  });
});
