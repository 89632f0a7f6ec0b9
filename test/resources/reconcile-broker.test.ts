import { describe, expect, test } from 'vitest';
import { reconcile } from '../../resources/reconcile.ts';
import {
  broker,
  configMap,
  facts,
  LATER,
  NOW,
  put,
  ref,
  secret,
  shown,
  snapshot,
  statusOf,
  world,
} from './fixtures.ts';

const CLASS = 'eventing.knative.dev/broker.class';

describe('the status of a Broker', () => {
  test('has the conditions Knative tools print, in order, and an address [C2, C58]', () => {
    const one = broker('default', {}, { generation: 3 });
    const status = statusOf(reconcile(snapshot([one]), world(), facts()), one);
    const address = { name: 'http', url: 'http://127.0.0.1:8080/default/default' };
    expect(status).toMatchObject({ observedGeneration: 3, address, addresses: [address] });
    expect(status.conditions).toEqual([
      { type: 'Addressable', status: 'True', lastTransitionTime: NOW },
      {
        type: 'DeadLetterSinkResolved',
        status: 'True',
        reason: 'DeadLetterSinkNotConfigured',
        lastTransitionTime: NOW,
      },
      { type: 'EventPoliciesReady', status: 'True', reason: 'OIDCDisabled', lastTransitionTime: NOW },
      { type: 'FilterReady', status: 'True', lastTransitionTime: NOW },
      { type: 'IngressReady', status: 'True', lastTransitionTime: NOW },
      { type: 'Ready', status: 'True', lastTransitionTime: NOW },
      { type: 'TriggerChannelReady', status: 'True', lastTransitionTime: NOW },
    ]);
  });

  test('is Unknown until the process says that the channel is open [C60]', () => {
    const one = broker('default');
    const status = statusOf(reconcile(snapshot([one]), world(), facts({ broker: () => undefined })), one);
    expect(shown(status, 'Ready')).toBe('Ready=Unknown Pending: the channel is being opened');
  });

  test('says what the process says of the channel [C61]', () => {
    const one = broker('default');
    const broken = facts({ broker: () => ({ ok: false, reason: 'DataFolderDamaged', message: 'a.log: bad at 7' }) });
    const status = statusOf(reconcile(snapshot([one]), world(), broken), one);
    expect(shown(status, 'Ready')).toBe('Ready=False DataFolderDamaged: a.log: bad at 7');
    expect(shown(status, 'TriggerChannelReady')).toBe('TriggerChannelReady=False DataFolderDamaged: a.log: bad at 7');
  });

  test('a condition keeps its time until its status changes', () => {
    const one = broker('default');
    const first = reconcile(snapshot([one]), world(), facts({ broker: () => undefined }));
    const later = reconcile(put(snapshot([one]), first), world({ now: LATER }), facts());
    const times = new Map(statusOf(later, one).conditions?.map((c) => [c.type, c.lastTransitionTime]));
    expect(times.get('Ready')).toBe(LATER);
    expect(times.get('TriggerChannelReady')).toBe(LATER);
    expect(times.get('Addressable')).toBe(NOW);
  });

  test('that did not change is not put again', () => {
    const one = broker('default');
    const before = snapshot([one]);
    const after = put(before, reconcile(before, world(), facts()));
    expect(reconcile(after, world({ now: LATER }), facts()).statuses).toEqual([]);
  });

  test('has the resolved dead letter sink before it is Ready [C6]', () => {
    const good = broker('default', { delivery: { deadLetterSink: { uri: 'http://dead.example/' } } });
    const status = statusOf(reconcile(snapshot([good]), world(), facts()), good);
    expect(status['deadLetterSinkUri']).toBe('http://dead.example/');
    const bad = broker('default', { delivery: { deadLetterSink: ref('Service', 'dead') } });
    const waits = statusOf(reconcile(snapshot([bad]), world(), facts()), bad);
    expect(shown(waits, 'Ready')).toBe(
      'Ready=False AddressUnknown: spec.delivery.deadLetterSink.ref: the address of Service default/dead is not known; give it the annotation weir.dev/address, or start weir with --map default/service/dead=URL',
    );
    expect(waits).not.toHaveProperty('deadLetterSinkUri');
  });

  test('whose declaration is refused says so, and its channel stays open: its events wait', () => {
    const one = broker('default');
    const held = new Map([['eventing.knative.dev/v1/Broker/default/default', 'a.yaml:1: spec: is wrong']]);
    const result = reconcile(snapshot([one], { held }), world(), facts());
    expect(shown(statusOf(result, one), 'Ready')).toBe(
      'Ready=False Refused: it is held, its events wait, until this is corrected: a.yaml:1: spec: is wrong',
    );
    expect(result.plan.brokers).toHaveLength(1);
  });
});

describe('the channel of a Broker', () => {
  test.each([
    [undefined, 'memory'],
    ['Weir', 'memory'],
    ['MTChannelBasedBroker', 'embedded'],
  ])('of class %s is %s', (name, kind) => {
    const one = broker('default', {}, { annotations: name === undefined ? {} : { [CLASS]: name } });
    const { plan } = reconcile(snapshot([one]), world({ defaultChannel: 'memory' }), facts());
    expect(plan.brokers).toEqual([
      { namespace: 'default', name: 'default', uid: 'uid-default', channel: { kind, config: {} } },
    ]);
  });

  test.each([
    ['Kafka', 'the class Kafka needs the channel kafka, which this build does not have; it has embedded, memory'],
    ['RabbitMQBroker', 'the class RabbitMQBroker needs the channel rabbitmq, which this build does not have; it has'],
  ])('of class %s is not served by a build without it', (name, message) => {
    const one = broker('default', {}, { annotations: { [CLASS]: name } });
    const result = reconcile(snapshot([one]), world(), facts());
    expect(result.plan.brokers).toEqual([]);
    expect(shown(statusOf(result, one), 'TriggerChannelReady')).toContain(`False ChannelNotServed: ${message}`);
    expect(shown(statusOf(result, one), 'Ready')).toContain('Ready=False ChannelNotServed');
  });

  test('of a class that nobody knows is refused rather than guessed', () => {
    const one = broker('default', {}, { annotations: { [CLASS]: 'Acme' } });
    expect(shown(statusOf(reconcile(snapshot([one]), world(), facts()), one), 'Ready')).toBe(
      'Ready=False BrokerClassUnknown: the class "Acme" is not known; known are Weir, MTChannelBasedBroker, Kafka, KafkaNamespaced, RabbitMQBroker',
    );
  });

  test('of a class that is not ours is left alone: no plan, no status', () => {
    const theirs = broker('theirs', {}, { annotations: { [CLASS]: 'Kafka' } });
    const ours = broker('ours');
    const result = reconcile(snapshot([theirs, ours]), world({ brokerClasses: ['Weir', 'none'] }), facts());
    expect(result.plan.brokers.map(({ name }) => name)).toEqual(['ours']);
    expect(result.statuses.map(({ identity }) => identity.name)).toEqual(['ours']);
  });
});

describe("Knative's ConfigMap of the Kafka class", () => {
  const kafka = world({ channelKinds: ['embedded', 'kafka'] });
  const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kafka', namespace: 'eventing' };
  const one = broker('default', { config }, { annotations: { [CLASS]: 'Kafka' } });
  const good = {
    'bootstrap.servers': 'a:9092, b:9092',
    'default.topic.partitions': '10',
    'default.topic.replication.factor': '3',
  };

  test('is read', () => {
    const data = { ...good, 'default.topic.config.retention.ms': '-1', 'auth.secret.ref.name': 'login' };
    const map = configMap('kafka', data, { namespace: 'eventing' });
    const login = secret('login', { user: 'me' }, { namespace: 'eventing' });
    const { plan } = reconcile(snapshot([one, map, login]), kafka, facts());
    expect(plan.brokers[0]?.channel).toEqual({
      kind: 'kafka',
      config: {
        bootstrapServers: ['a:9092', 'b:9092'],
        partitions: 10,
        replicationFactor: 3,
        topic: { 'retention.ms': '-1' },
        secret: { namespace: 'eventing', values: { user: 'me' } },
      },
    });
  });

  test.each([
    [{ 'bootstrap.servers': '' }, 'ConfigMap eventing/kafka: bootstrap.servers: is missing; write host:port'],
    [{ 'default.topic.partitions': '0' }, 'default.topic.partitions: write a whole number of at least 1'],
    [{ 'default.topic.replication.factor': 'x' }, 'default.topic.replication.factor: write a whole number'],
    [{ 'auth.secret.ref.name': 'login' }, 'auth.secret.ref.name: Secret eventing/login is not declared; declare it'],
  ])('with %o is refused', (wrong, message) => {
    const map = configMap('kafka', { ...good, ...wrong }, { namespace: 'eventing' });
    const result = reconcile(snapshot([one, map]), kafka, facts());
    expect(shown(statusOf(result, one), 'Ready')).toContain(message);
    expect(result.plan.brokers).toEqual([]);
  });

  test('that is not declared is asked for', () => {
    const result = reconcile(snapshot([one]), kafka, facts());
    expect(shown(statusOf(result, one), 'Ready')).toBe(
      'Ready=False ConfigInvalid: spec.config: ConfigMap eventing/kafka is not declared; declare it',
    );
  });
});
