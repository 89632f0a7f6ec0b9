import { cloudEvent } from '../../events/attributes.ts';
import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { type GitHubDelivery, githubDelivery } from './delivery.ts';
import { githubFacts } from './events.ts';
import { hubSignatureRefusal } from '../hub-signature.ts';
import type { Refusal, Webhook, WebhookRequest } from '../source.ts';

/** One GitHubSource that is called. */
export interface GitHubConfig {
  /** `owner/repository` or `organization`. */
  readonly ownerAndRepository: string;
  readonly eventTypes: ReadonlySet<string>;
  /** What the webhook may be signed with: any of them. */
  readonly secrets: readonly string[];
}

/**
 * A delivery of GitHub as Knative's GitHubSource emits it: type `dev.knative.source.github.<event>`, source `https://github.com/<ownerAndRepository>` (for GitHub Enterprise too: what is emitted elsewhere
 * must match the same filters here), id = `X-GitHub-Delivery`, so that a redelivery is the same event; time = arrival. The data are the payload's bytes. `ping` is answered, and emitted only if asked for,
 * like any event type. Refuses with 401, then 400 (headers, JSON) and 415. [Knative GitHubSource; GitHub webhook events]
 */
export const githubWebhook: Webhook<GitHubConfig> = (request, config) => {
  const untrusted = hubSignatureRefusal(request, config.secrets);
  if (untrusted) return untrusted;
  const delivered = githubDelivery(request);
  if ('status' in delivered) return delivered;
  if (!config.eventTypes.has(delivered.event)) return [];
  return emitted(delivered, request, config);
};

function emitted(
  delivered: GitHubDelivery,
  request: WebhookRequest,
  config: GitHubConfig,
): readonly CloudEvent[] | Refusal {
  const { subject, extensions } = githubFacts(delivered.event, delivered.payload);
  try {
    const attributes = {
      specversion: '1.0',
      id: delivered.delivery,
      source: `https://github.com/${config.ownerAndRepository}`,
      type: `dev.knative.source.github.${delivered.event}`,
      ...(subject === undefined ? {} : { subject }),
      time: new Date(request.receivedAtMs).toISOString(),
      datacontenttype: 'application/json',
      ...extensions,
    };
    return [cloudEvent(attributes, delivered.data)];
  } catch (error) {
    if (error instanceof RefusedError) return { status: 400, code: 'webhook-invalid', message: error.message };
    throw error;
  }
}
