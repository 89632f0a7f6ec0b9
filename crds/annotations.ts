import type { z } from 'zod';
import { quoted } from '../events/errors.ts';
import type { Start } from '../events/start.ts';
import { refuse } from './refusal.ts';

/** On a Broker: which implementation. Immutable. [Knative Broker] */
export const BROKER_CLASS = 'eventing.knative.dev/broker.class';
/** On a Trigger: a JSON ObjectReference to what must be Ready first. [Knative Trigger] */
export const DEPENDENCY = 'knative.dev/dependency';
/** On a Trigger: asks Knative to create the Broker, which nothing here does. */
export const INJECTION = 'eventing.knative.dev/injection';
/** On a Trigger: `latest`, `earliest`, a time, or JSON `{"id":"...","source":"..."}`. */
export const START = 'weir.dev/start';
/** On a Trigger: how many deliveries may be under way at once. */
export const IN_FLIGHT = 'weir.dev/in-flight';
/** On a Trigger: `ordered` or `unordered`. [Knative Kafka Broker] */
export const KAFKA_ORDER = 'kafka.eventing.knative.dev/delivery.order';
/** On a Trigger: 1 to 1000. [Knative RabbitMQ Broker] */
export const RABBITMQ_PARALLELISM = 'rabbitmq.eventing.knative.dev/parallelism';
/** On a Trigger: before anything is sent, the subscriber is asked for its consent, as this DNS name or (`true`) that of the process's public URL. [CloudEvents HTTP webhook 4] */
export const WEBHOOK_HANDSHAKE = 'weir.dev/webhook-handshake';
/** On any object: the URL a `ref` to it stands for. */
export const ADDRESS = 'weir.dev/address';

/** The most deliveries of one trigger that may be under way at once. */
export const IN_FLIGHT_MAX = 10_000;
const PARALLELISM_MAX = 1000;
const DNS_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)+$/i;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

type Annotations = Readonly<Record<string, string>>;

/** `weir.dev/start` as a value, or undefined if it is none. */
export function startOf(text: string): Start | undefined {
  if (text === 'latest' || text === 'earliest') return text;
  if (RFC_3339.test(text)) return Number.isNaN(Date.parse(text)) ? undefined : { time: text };
  const value = json(text);
  if (typeof value !== 'object' || value === null || Object.keys(value).some((key) => key !== 'id' && key !== 'source'))
    return undefined;
  if (!('id' in value) || typeof value.id !== 'string' || value.id === '') return undefined;
  if (!('source' in value)) return { id: value.id };
  return typeof value.source === 'string' && value.source !== '' ? { id: value.id, source: value.source } : undefined;
}

/** What `knative.dev/dependency` names, or undefined if it names nothing. */
export function dependencyOf(
  text: string,
): { apiVersion: string; kind: string; name: string; namespace?: string } | undefined {
  const value = json(text);
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('apiVersion' in value) || !('kind' in value) || !('name' in value)) return undefined;
  const { apiVersion, kind, name } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return undefined;
  const namespace = 'namespace' in value && typeof value.namespace === 'string' ? value.namespace : '';
  return { apiVersion, kind, name, ...(namespace === '' ? {} : { namespace }) };
}

/** The URL of `weir.dev/address`, or undefined if it is no absolute http or https URL without user and password. */
export function addressOf(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  return text;
}

/** The rules of the annotations that mean something on a Trigger. `namespace` is the Trigger's. */
export function checkTriggerAnnotations(annotations: Annotations, namespace: string, context: z.RefinementCtx): void {
  const check = (name: string, good: (text: string) => boolean, allowed: string): void => {
    const text = annotations[name];
    if (text !== undefined && !good(text))
      refuse(context, { found: `is ${quoted(text)}`, allowed, at: ['metadata', 'annotations', name] });
  };
  check(
    START,
    (text) => startOf(text) !== undefined,
    'write latest, earliest, an RFC 3339 time, or {"id":"...","source":"..."}',
  );
  check(IN_FLIGHT, (text) => within(text, IN_FLIGHT_MAX), `write a whole number from 1 to ${IN_FLIGHT_MAX}`);
  check(
    WEBHOOK_HANDSHAKE,
    (text) => text === 'true' || DNS_NAME.test(text),
    'write true, or the DNS name that is sent as WebHook-Request-Origin',
  );
  check(KAFKA_ORDER, (text) => text === 'ordered' || text === 'unordered', 'write ordered or unordered');
  check(
    RABBITMQ_PARALLELISM,
    (text) => within(text, PARALLELISM_MAX),
    `write a whole number from 1 to ${PARALLELISM_MAX}`,
  );
  check(
    INJECTION,
    (text) => text === 'disabled',
    'nothing here creates Brokers; declare the Broker, and leave this out',
  );
  check(
    DEPENDENCY,
    (text) => dependencyOf(text) !== undefined && [undefined, namespace].includes(dependencyOf(text)?.namespace),
    'write a JSON object with apiVersion, kind and name, in the same namespace',
  );
}

/** The rule of the annotation that means something on whatever has an address. */
export function checkAddress(annotations: Annotations, context: z.RefinementCtx): void {
  const text = annotations[ADDRESS];
  if (text !== undefined && addressOf(text) === undefined)
    refuse(context, {
      found: 'is no address',
      allowed: 'write an absolute http or https URL without user and password',
      at: ['metadata', 'annotations', ADDRESS],
    });
}

function within(text: string, max: number): boolean {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= max;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
