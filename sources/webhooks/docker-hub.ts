import type { WebhookRequest } from '../source.ts';
import { hashId } from './body-hash.ts';
import { ownSource } from './part.ts';
import { firstTime, firstUri, textAt } from './payload.ts';
import type { Understood, WebhookConfig } from './provider.ts';
import { webhookEvent } from './webhook-event.ts';

/** What Docker Hub tells: a push, nothing else. It signs nothing and names no id; `callback_url` is left to who gets the event. [Docker Hub "Webhooks"] */
export function dockerHubPush(request: WebhookRequest, payload: object, config: WebhookConfig): Understood {
  const event = webhookEvent(request, {
    id: hashId(request.body),
    type: 'com.docker-registry.push',
    source: firstUri(payload, 'repository.repo_url') ?? ownSource(config),
    subject: textAt(payload, 'push_data.tag'),
    time: firstTime(payload, 'push_data.pushed_at'),
    extensions: { repository: textAt(payload, 'repository.repo_name') },
    contentType: 'application/json',
  });
  return { happenings: [{ name: 'push', event }] };
}
