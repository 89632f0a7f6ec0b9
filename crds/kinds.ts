import { apiServerSourceKind, type ApiServerSource } from './api-server-source.ts';
import { BROKER_CLASS } from './annotations.ts';
import { broker, type Broker } from './broker.ts';
import { configMap, type ConfigMap } from './config-map.ts';
import { gitHubSourceKind, type GitHubSource } from './github-source.ts';
import { httpPollSourceKind, type HttpPollSource } from './http-poll-source.ts';
import { kafkaSourceKind, type KafkaSource } from './kafka-source.ts';
import { kafkaSinkKind, type KafkaSink } from './kafka-sink.ts';
import { OPEN, type Kind as KindOf } from './kind.ts';
import { rabbitmqSinkKind, type RabbitmqSink } from './rabbitmq-sink.ts';
import { mqttSourceKind, type MqttSource } from './mqtt-source.ts';
import { objectStorageSourceKind, type ObjectStorageSource } from './object-storage-source.ts';
import { natsJetStreamSourceKind, type NatsJetStreamSource } from './nats-jet-stream-source.ts';
import { pingSourceKind, type PingSource } from './ping-source.ts';
import { postgresSourceKind, type PostgresSource } from './postgres-source.ts';
import { redisStreamSourceKind, type RedisStreamSource } from './redis-stream-source.ts';
import { rabbitmqSourceKind, type RabbitmqSource } from './rabbitmq-source.ts';
import { secret, type Secret } from './secret.ts';
import { service, type Service } from './service.ts';
import { trigger, type Trigger } from './trigger.ts';
import { webhookSourceKind, type WebhookSource } from './webhook-source.ts';

/** An object of a kind of source: a new kind is a schema, and a line here and in the list below. */
export type SourceResource =
  | PingSource
  | GitHubSource
  | HttpPollSource
  | ApiServerSource
  | RabbitmqSource
  | MqttSource
  | WebhookSource
  | RedisStreamSource
  | ObjectStorageSource
  | NatsJetStreamSource
  | PostgresSource
  | KafkaSource;

/** An object of a kind of sink. */
export type SinkResource = KafkaSink | RabbitmqSink;

/** An object of a kind that Weir serves, checked and with its defaults. */
export type Resource = Broker | Trigger | SourceResource | SinkResource | ConfigMap | Secret | Service;

/** What is known of a kind that Weir serves. */
export type Kind = KindOf<Resource>;

/** Every kind that is served: the one list. A new kind is a schema and a line here. [Knative: kinds, their conditions, what is immutable] */
export const KINDS: readonly Kind[] = [
  {
    ...OPEN,
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    plural: 'brokers',
    singular: 'broker',
    schema: broker,
    immutable: [
      ['metadata', 'annotations', BROKER_CLASS],
      ['spec', 'config'],
    ],
    conditions: [
      'IngressReady',
      'TriggerChannelReady',
      'FilterReady',
      'Addressable',
      'DeadLetterSinkResolved',
      'EventPoliciesReady',
    ],
  },
  {
    ...OPEN,
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    plural: 'triggers',
    singular: 'trigger',
    schema: trigger,
    immutable: [['spec', 'broker']],
    conditions: [
      'BrokerReady',
      'SubscriptionReady',
      'DependencyReady',
      'SubscriberResolved',
      'DeadLetterSinkResolved',
      'OIDCIdentityCreated',
    ],
  },
  pingSourceKind,
  redisStreamSourceKind,
  natsJetStreamSourceKind,
  postgresSourceKind,
  gitHubSourceKind,
  httpPollSourceKind,
  apiServerSourceKind,
  rabbitmqSourceKind,
  mqttSourceKind,
  kafkaSourceKind,
  objectStorageSourceKind,
  webhookSourceKind,
  kafkaSinkKind,
  rabbitmqSinkKind,
  {
    ...OPEN,
    apiVersion: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    singular: 'configmap',
    shortNames: ['cm'],
    schema: configMap,
    confidential: true,
  },
  {
    ...OPEN,
    apiVersion: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    singular: 'secret',
    schema: secret,
    confidential: true,
  },
  {
    ...OPEN,
    apiVersion: 'v1',
    kind: 'Service',
    plural: 'services',
    singular: 'service',
    shortNames: ['svc'],
    schema: service,
  },
];

/** Whether it is an object of a kind of source. */
export function isSource(resource: Resource): resource is SourceResource {
  return kindOf(resource)?.source !== undefined;
}

/** Whether it is an object of a kind of sink. */
export function isSink(resource: Resource): resource is SinkResource {
  return kindOf(resource)?.sink === true;
}

/** The groups of which Weir serves kinds: their other kinds and versions are refused by name, never passed over. */
export const SERVED_GROUPS: readonly string[] = [
  'eventing.knative.dev',
  'sources.knative.dev',
  'sources.weir.dev',
  'sinks.weir.dev',
];

/** The kind that people mean by `trigger`, `triggers`, `Trigger`, `cm`; undefined if there is none. */
export function kindNamed(text: string): Kind | undefined {
  const name = text.toLowerCase();
  return KINDS.find((kind) => [kind.singular, kind.plural, ...kind.shortNames].includes(name));
}

/** The kind of an object of ours. */
export function kindOf(resource: { readonly apiVersion: string; readonly kind: string }): Kind | undefined {
  return KINDS.find((kind) => kind.apiVersion === resource.apiVersion && kind.kind === resource.kind);
}
