import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../resources/store.ts';
import type { Facts, TriggerPlan } from '../../resources/plan.ts';
import { reconcile, type Reconciled } from '../../resources/reconcile.ts';
import type { World } from '../../resources/world.ts';
import { broker, facts, NOW, ping, put, ref, shown, snapshot, statusOf, trigger, world } from './fixtures.ts';

const HOME = broker('default');

function decided(before: Snapshot, inWorld: World = world(), known: Facts = facts()): Reconciled {
  return reconcile(before, inWorld, known);
}

function onlyPlan(result: Reconciled): TriggerPlan {
  const [plan, ...more] = result.plan.triggers;
  if (!plan || more.length > 0) throw new Error('not one trigger in the plan');
  return plan;
}

describe('the status of a Trigger', () => {
  test('has all the conditions Knative tools print [C58]', () => {
    const one = trigger('hook', {}, { generation: 2 });
    const status = statusOf(decided(snapshot([HOME, one])), one);
    expect(status).toMatchObject({ observedGeneration: 2, subscriberUri: 'http://sink.example/' });
    expect(status.conditions).toEqual([
      { type: 'BrokerReady', status: 'True', lastTransitionTime: NOW },
      {
        type: 'DeadLetterSinkResolved',
        status: 'True',
        reason: 'DeadLetterSinkNotConfigured',
        lastTransitionTime: NOW,
      },
      { type: 'DependencyReady', status: 'True', lastTransitionTime: NOW },
      {
        type: 'OIDCIdentityCreated',
        status: 'True',
        reason: 'authentication-oidc feature disabled',
        lastTransitionTime: NOW,
      },
      { type: 'Ready', status: 'True', lastTransitionTime: NOW },
      { type: 'SubscriberResolved', status: 'True', lastTransitionTime: NOW },
      { type: 'SubscriptionReady', status: 'True', lastTransitionTime: NOW },
    ]);
  });

  test('without its Broker is False, and there is nowhere to declare it [C9]', () => {
    const one = trigger('hook', { broker: 'elsewhere' });
    const result = decided(snapshot([one]));
    expect(shown(statusOf(result, one), 'Ready')).toBe(
      'Ready=False BrokerDoesNotExist: spec.broker: there is no Broker elsewhere in this namespace; declare it',
    );
    expect(result.plan.triggers).toEqual([]);
  });

  test('while its Broker is not Ready is not Ready either [C9]', () => {
    const one = trigger('hook');
    const waits = facts({ broker: () => undefined });
    expect(shown(statusOf(decided(snapshot([one, HOME]), world(), waits), one), 'Ready')).toBe(
      'Ready=Unknown Pending: Broker default: the channel is being opened',
    );
  });

  test('until its subscription is declared is Unknown [C15]', () => {
    const one = trigger('hook');
    const waits = facts({ trigger: () => undefined });
    expect(shown(statusOf(decided(snapshot([one, HOME]), world(), waits), one), 'Ready')).toBe(
      'Ready=Unknown Pending: the subscription is being declared',
    );
  });

  test('whose subscriber has no address has an empty one and says which flag to add [C11, C12]', () => {
    const one = trigger('hook', { subscriber: ref('Service', 'web') });
    const result = decided(snapshot([HOME, one]));
    const status = statusOf(result, one);
    const message =
      'spec.subscriber.ref: the address of Service default/web is not known; give it the annotation weir.dev/address, or start weir with --map default/service/web=URL';
    expect(shown(status, 'SubscriberResolved')).toBe(`SubscriberResolved=False AddressUnknown: ${message}`);
    expect(shown(status, 'Ready')).toBe(`Ready=False AddressUnknown: ${message}`);
    expect(status['subscriberUri']).toBe('');
    expect(onlyPlan(result)).toMatchObject({ waiting: message });
    expect(onlyPlan(result)).not.toHaveProperty('subscriber');
  });

  test('that asks for a token is not Ready: sending without one would fail open', () => {
    const one = trigger('hook', { subscriber: { uri: 'https://sink.example/', audience: 'me' } });
    const result = decided(snapshot([HOME, one]));
    expect(shown(statusOf(result, one), 'Ready')).toBe(
      'Ready=False AudienceNotSupported: spec.subscriber.audience: tokens are not served yet; leave it out to send without one',
    );
    expect(onlyPlan(result)).not.toHaveProperty('subscriber');
  });

  test('shows the policy that counts, if the process can say it', () => {
    const one = trigger('hook', { delivery: { retry: 3 } });
    const describePolicy: World['describePolicy'] = (own, its) => `${own?.retry ?? '-'}/${its?.retry ?? '-'}`;
    const home = broker('default', { delivery: { retry: 5 } });
    const status = statusOf(decided(snapshot([home, one]), world({ describePolicy })), one);
    expect(status.annotations).toEqual({ 'weir.dev/delivery': '3/5' });
  });
});

describe('the dead letter sink of a Trigger', () => {
  const home = broker('default', { delivery: { deadLetterSink: { uri: 'http://broker-dead.example/' } } });

  test('is its own, before that of its Broker [C13]', () => {
    const one = trigger('hook', { delivery: { deadLetterSink: { uri: 'http://own-dead.example/' } } });
    const result = decided(snapshot([home, one]));
    expect(statusOf(result, one)['deadLetterSinkUri']).toBe('http://own-dead.example/');
    expect(onlyPlan(result).deadLetterSink).toEqual({ url: 'http://own-dead.example/', broker: false });
  });

  test("is its Broker's, even if it says something else of delivery", () => {
    const one = trigger('hook', { delivery: { retry: 1 } });
    const result = decided(snapshot([home, one]));
    expect(statusOf(result, one)['deadLetterSinkUri']).toBe('http://broker-dead.example/');
    expect(onlyPlan(result).deadLetterSink).toEqual({ url: 'http://broker-dead.example/', broker: false });
  });

  test('that leads nowhere makes it wait [C13]', () => {
    const one = trigger('hook', { delivery: { deadLetterSink: ref('Service', 'dead') } });
    const result = decided(snapshot([HOME, one]));
    expect(shown(statusOf(result, one), 'DeadLetterSinkResolved')).toContain(
      'False AddressUnknown: spec.delivery.dead',
    );
    expect(onlyPlan(result).waiting).toContain('--map default/service/dead=URL');
  });

  test("that is its Broker's and leads nowhere makes it wait, too", () => {
    const lost = broker('default', { delivery: { deadLetterSink: ref('Service', 'dead') } });
    const result = decided(snapshot([lost, trigger('hook')]));
    expect(onlyPlan(result).waiting).toContain('--map default/service/dead=URL');
  });
});

describe('a Trigger that depends on something', () => {
  const on = (kind: string, name: string, apiVersion = 'sources.knative.dev/v1'): Readonly<Record<string, string>> => ({
    'knative.dev/dependency': JSON.stringify({ apiVersion, kind, name }),
  });

  test('waits until that is Ready', () => {
    const source = ping('tick');
    const one = trigger('hook', {}, { annotations: on('PingSource', 'tick') });
    const starting = facts({ source: () => ({ conditions: {} }) });
    const result = decided(snapshot([HOME, one, source]), world(), starting);
    expect(shown(statusOf(result, one), 'Ready')).toBe(
      'Ready=Unknown Pending: PingSource default/tick: it is being started',
    );
    expect(onlyPlan(result).waiting).toBe('PingSource default/tick: it is being started');
    expect(shown(statusOf(decided(snapshot([HOME, one, source])), one), 'Ready')).toBe('Ready=True');
  });

  test('that is nowhere says so', () => {
    const one = trigger('hook', {}, { annotations: on('PingSource', 'tick') });
    expect(shown(statusOf(decided(snapshot([HOME, one])), one), 'DependencyReady')).toContain(
      'False DependencyDoesNotExist: the annotation knative.dev/dependency names PingSource default/tick',
    );
  });

  test('that depends on it in turn settles, and waits', () => {
    const a = trigger('a', {}, { annotations: on('Trigger', 'b', 'eventing.knative.dev/v1') });
    const b = trigger('b', {}, { annotations: on('Trigger', 'a', 'eventing.knative.dev/v1') });
    const before = snapshot([HOME, a, b]);
    const now = put(before, decided(before));
    expect(decided(now).statuses).toEqual([]);
    expect(shown(statusOf(decided(before), b), 'Ready')).toBe(
      'Ready=False DependencyCircular: Trigger default/a: it depends on itself; break the circle',
    );
    expect(decided(now).plan.triggers.every(({ waiting }) => waiting !== undefined)).toBe(true);
  });
});

describe('the plan of a Trigger', () => {
  test('holds what it says, as values', () => {
    const delivery = { retry: 2, timeout: 'PT5S' };
    const filters = [{ exact: { type: 'a' } }];
    const annotations = {
      'weir.dev/start': '{"id":"1"}',
      'weir.dev/in-flight': '7',
      'kafka.eventing.knative.dev/delivery.order': 'ordered',
    };
    const home = broker('default', { delivery: { retry: 9 } });
    const one = trigger('hook', { delivery, filters }, { annotations, generation: 4 });
    expect(onlyPlan(decided(snapshot([home, one])))).toEqual({
      namespace: 'default',
      name: 'hook',
      uid: 'uid-hook',
      generation: 4,
      broker: 'default',
      filter: { filter: {}, filters },
      subscriber: { url: 'http://sink.example/', broker: false },
      delivery,
      brokerDelivery: { retry: 9 },
      order: { by: 'partitionkey' },
      start: { id: '1' },
      inFlight: 7,
    });
  });

  test('begins with what comes next, in any order, unless told otherwise', () => {
    const plan = onlyPlan(decided(snapshot([HOME, trigger('hook')])));
    expect(plan).toMatchObject({ start: 'latest', order: 'none' });
    expect(plan).not.toHaveProperty('inFlight');
  });

  test("takes RabbitMQ's parallelism for what is in flight", () => {
    const annotations = { 'rabbitmq.eventing.knative.dev/parallelism': '12' };
    expect(onlyPlan(decided(snapshot([HOME, trigger('hook', {}, { annotations })]))).inFlight).toBe(12);
  });

  test('names the origin of a handshake; without one it waits, and says how to give it', () => {
    const asks = (how: string) => trigger('hook', {}, { annotations: { 'weir.dev/webhook-handshake': how } });
    expect(onlyPlan(decided(snapshot([HOME, asks('events.example.com')]))).handshake).toEqual({
      origin: 'events.example.com',
    });
    const nameless = asks('true');
    const one = decided(snapshot([HOME, nameless]));
    expect(onlyPlan(one)).toMatchObject({ waiting: expect.stringContaining('--public-url') });
    expect(onlyPlan(one)).not.toHaveProperty('subscriber');
    expect(shown(statusOf(one, nameless), 'SubscriptionReady')).toContain('False PublicUrlMissing');
  });

  test.each(['Trigger/default/hook', 'Broker/default/default'])('waits while %s is held', (who) => {
    const held = new Map([[`eventing.knative.dev/v1/${who}`, 'a.yaml:9: is wrong']]);
    const plan = onlyPlan(decided(snapshot([HOME, trigger('hook')], { held })));
    expect(plan.waiting).toContain('its events wait, until this is corrected: a.yaml:9: is wrong');
    expect(plan).not.toHaveProperty('subscriber');
  });

  test('is left to others where the Broker is', () => {
    const theirs = broker('default', {}, { annotations: { 'eventing.knative.dev/broker.class': 'Kafka' } });
    const result = decided(snapshot([theirs, trigger('hook')]), world({ brokerClasses: ['Weir'] }));
    expect(result).toEqual({
      plan: { brokers: [], triggers: [], sources: [], sinks: [], removedSources: [] },
      statuses: [],
    });
  });
});
