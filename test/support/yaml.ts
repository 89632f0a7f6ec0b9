import { stringify } from 'yaml';

const EVENTING = 'eventing.knative.dev/v1';

/** A Broker as a document. */
export function brokerYaml(name = 'default', spec: unknown = {}): string {
  return document({ apiVersion: EVENTING, kind: 'Broker', metadata: { name }, spec });
}

/** A Trigger as a document; it delivers to `uri`. */
export function triggerYaml(name: string, uri: string, spec: Readonly<Record<string, unknown>> = {}): string {
  return document({
    apiVersion: EVENTING,
    kind: 'Trigger',
    metadata: { name },
    spec: { broker: 'default', subscriber: { uri }, ...spec },
  });
}

/** Any object as a document. */
export function document(value: unknown): string {
  return `---\n${stringify(value)}`;
}

/** A reference to the Broker `default`. */
export const TO_BROKER = { ref: { apiVersion: EVENTING, kind: 'Broker', name: 'default' } };
