import type { WebhookSourceSpec } from '../../../crds/webhook-source.ts';
import type { CloudEvent } from '../../../events/event.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import type { Understood, WebhookConfig, WebhookProvider } from '../../../sources/webhooks/provider.ts';

export const ARRIVED = '2026-01-01T00:00:00.000Z';

/** A POST as it reaches a WebhookSource; a header without a value is left out. */
export function posted(
  body: object | string,
  headers: Readonly<Record<string, string | undefined>> = {},
  target = '/-/sources/default/webhooksource/it',
): WebhookRequest {
  const all: Record<string, string | undefined> = { 'Content-Type': 'application/json', ...headers };
  return {
    method: 'POST',
    target,
    rawHeaders: Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    receivedAtMs: Date.parse(ARRIVED),
  };
}

/** A WebhookSource `default/it` of that provider. */
export function config(
  provider: WebhookProvider,
  secrets: readonly string[] = [],
  spec: Partial<WebhookSourceSpec> = {},
): WebhookConfig {
  return {
    namespace: 'default',
    name: 'it',
    spec: { sink: { uri: 'http://sink.example' }, provider: provider.name, secrets: [], ...spec },
    secrets,
    toleranceMs: 300_000,
    publicUrl: undefined,
  };
}

/** What a provider reads in a request; throws what it says if it refuses. */
export function read(
  provider: WebhookProvider,
  request: WebhookRequest,
  spec: Partial<WebhookSourceSpec> = {},
): Understood {
  const result = provider.read(request, config(provider, [], spec));
  if ('status' in result) throw new Error(`${result.status} ${result.message}`);
  return result;
}

/** The events of what a provider reads. */
export function eventsOf(
  provider: WebhookProvider,
  request: WebhookRequest,
  spec: Partial<WebhookSourceSpec> = {},
): readonly CloudEvent[] {
  return read(provider, request, spec).happenings.map(({ event }) => event);
}

/** Attributes as a plain object, without `specversion`. */
export function attributes(event: CloudEvent | undefined): Readonly<Record<string, unknown>> {
  const { specversion: _specversion, ...rest } = Object.fromEntries(event?.attributes ?? []);
  return rest;
}

/** The data as text. */
export function dataText(event: CloudEvent | undefined): string {
  return new TextDecoder().decode(event?.data);
}
