import type { z } from 'zod';
import { BROKER_CLASS } from './annotations.ts';
import { broker, type Broker } from './broker.ts';
import { configMap, type ConfigMap } from './config-map.ts';
import { gitHubSource, type GitHubSource } from './github-source.ts';
import { pingSource, type PingSource } from './ping-source.ts';
import { secret, type Secret } from './secret.ts';
import { service, type Service } from './service.ts';
import { trigger, type Trigger } from './trigger.ts';

/** An object of a kind that Weir serves, checked and with its defaults. */
export type Resource = Broker | Trigger | PingSource | GitHubSource | ConfigMap | Secret | Service;

/** What is known of a kind. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: Resource['kind'];
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly schema: z.ZodType<Resource>;
  /** Fields that an update may not change, as steps. */
  readonly immutable: readonly (readonly string[])[];
  /** The conditions that Ready depends on, in the order they are shown; undefined: the kind has no status. */
  readonly conditions?: readonly string[];
  /** Its values are never quoted, not even where they are wrong. */
  readonly confidential: boolean;
}

const open = { shortNames: [], immutable: [], confidential: false };

/** Every kind that is served: the one list. A new kind is a schema and a line here. [Knative: kinds, their conditions, what is immutable] */
export const KINDS: readonly Kind[] = [
  {
    ...open,
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
    ...open,
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
  {
    ...open,
    apiVersion: 'sources.knative.dev/v1',
    kind: 'PingSource',
    plural: 'pingsources',
    singular: 'pingsource',
    schema: pingSource,
    conditions: ['SinkProvided', 'Deployed', 'OIDCIdentityCreated'],
  },
  {
    ...open,
    apiVersion: 'sources.knative.dev/v1alpha1',
    kind: 'GitHubSource',
    plural: 'githubsources',
    singular: 'githubsource',
    schema: gitHubSource,
    conditions: ['SecretsProvided', 'SinkProvided', 'WebhookConfigured'],
  },
  {
    ...open,
    apiVersion: 'v1',
    kind: 'ConfigMap',
    plural: 'configmaps',
    singular: 'configmap',
    shortNames: ['cm'],
    schema: configMap,
    confidential: true,
  },
  {
    ...open,
    apiVersion: 'v1',
    kind: 'Secret',
    plural: 'secrets',
    singular: 'secret',
    schema: secret,
    confidential: true,
  },
  {
    ...open,
    apiVersion: 'v1',
    kind: 'Service',
    plural: 'services',
    singular: 'service',
    shortNames: ['svc'],
    schema: service,
  },
];

/** The groups of which Weir serves kinds: their other kinds and versions are refused by name, never passed over. */
export const SERVED_GROUPS: readonly string[] = ['eventing.knative.dev', 'sources.knative.dev', 'sources.weir.dev'];

/** The kind that people mean by `trigger`, `triggers`, `Trigger`, `cm`; undefined if there is none. */
export function kindNamed(text: string): Kind | undefined {
  const name = text.toLowerCase();
  return KINDS.find((kind) => [kind.singular, kind.plural, ...kind.shortNames].includes(name));
}

/** The kind of an object of ours. */
export function kindOf(resource: { readonly apiVersion: string; readonly kind: string }): Kind | undefined {
  return KINDS.find((kind) => kind.apiVersion === resource.apiVersion && kind.kind === resource.kind);
}
