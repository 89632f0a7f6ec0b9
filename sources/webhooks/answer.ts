import { cloudEventsHandshake } from '../cloudevents-handshake.ts';
import type { Refusal, WebhookRequest, WebhookResult } from '../source.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { notAllowed } from './refusals.ts';

/**
 * What becomes of one request to a WebhookSource. POST: refused if it is not proven genuine, and only then read; of what it tells, `spec.eventTypes` says what is wanted. GET: the provider's challenge. OPTIONS: the
 * handshake of CloudEvents. No delivery ids are remembered: what a sender repeats has the same id and source, by which every reader of events tells it is the same, and an answer given from memory would
 * promise an event that a crash may have taken.
 */
export function webhookResult(
  request: WebhookRequest,
  config: WebhookConfig,
  provider: WebhookProvider,
): WebhookResult {
  switch (request.method) {
    case 'OPTIONS':
      return cloudEventsHandshake(request, {
        allowedOrigins: config.spec.allowedOrigins ?? [],
        allowedRate: config.spec.allowedRate,
      });
    case 'GET':
      return provider.challenge
        ? wanted(provider.challenge(request, config), config)
        : notAllowed(`${provider.name} sends webhooks with POST, not GET`, ['POST']);
    default:
      return provider.verify(request, config) ?? wanted(provider.read(request, config), config);
  }
}

function wanted(read: Understood | Refusal, { spec: { eventTypes } }: WebhookConfig): WebhookResult {
  if ('status' in read) return read;
  const events = read.happenings
    .filter(({ name }) => eventTypes === undefined || eventTypes.includes(name))
    .map(({ event }) => event);
  return read.answer ? { events, answer: read.answer } : events;
}
