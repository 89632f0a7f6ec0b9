import { isUriReference } from '../../events/uri.ts';
import { type GitHubDelivery, githubDelivery } from '../github/delivery.ts';
import { hubSignatureRefusal } from '../hub-signature.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { githubRow } from './github-rows.ts';
import { firstTime, firstUri, textAt } from './payload.ts';
import type { Understood, WebhookProvider } from './provider.ts';
import { optionalHeader, unreadable } from './refusals.ts';
import { webhookEvent } from './webhook-event.ts';

/** GitHub, as the official adapter converts it. GitHubSource emits the same deliveries as Knative's does. [CloudEvents adapters/github.md] */
export const github: WebhookProvider = {
  name: 'github',
  about: {
    signature: '`X-Hub-Signature-256: sha256=<hex>`: HMAC-SHA256 over the body; SHA-1 alone is refused',
    type: '`com.github.<event>.<action>`, without action where the adapter has none: `com.github.push`, `com.github.issues.opened`',
    source:
      '`repository.url` of the payload, for some events the URL of what they are about (`pull_request.url`, `organization.url`)',
    subject: 'the number, id, name or ref of what the event is about, by event',
    id: '`X-GitHub-Delivery`',
    time: 'of the object, such as `issue.updated_at`, by event; else arrival',
    notes:
      'GitHubSource has other types (`dev.knative.source.github.<event>`), source (`https://github.com/<ownerAndRepository>`), subjects and extensions, as Knative does. A payload without the URL has its organization, account or sender as source. What Gitea and Forgejo send is for the provider `gitea`.',
  },
  verify: (request, { secrets }) => hubSignatureRefusal(request, secrets),
  read(request) {
    if (optionalHeader(request, 'X-Gitea-Event') !== undefined)
      return unreadable('Gitea or Forgejo sent this; set spec.provider to gitea');
    const delivered = githubDelivery(request);
    return 'status' in delivered ? delivered : githubEvent(delivered, request);
  },
};

function githubEvent(delivered: GitHubDelivery, request: WebhookRequest): Understood | Refusal {
  const { event: name, delivery, data, payload } = delivered;
  const row = githubRow(name);
  const suffix = row.suffix.map((names) => textAt(payload, names)).filter((text) => text !== undefined);
  const source = row.source(payload);
  const places = typeof row.time === 'function' ? row.time(textAt(payload, 'action') ?? '') : row.time;
  const event = webhookEvent(request, {
    id: delivery,
    type: ['com.github', name, ...suffix].join('.'),
    source: typeof source === 'string' && isUriReference(source) && source !== '' ? source : elsewhere(payload),
    subject: row.subject === undefined ? undefined : textAt(payload, row.subject),
    time: firstTime(payload, ...places),
    data,
    contentType: 'application/json',
  });
  return { happenings: [{ name, event }] };
}

// Webhooks of organizations and Apps tell of things that are in no repository.
function elsewhere(payload: object): string {
  return (
    firstUri(
      payload,
      'repository.url',
      'organization.url',
      'installation.account.url',
      'enterprise.html_url',
      'sender.url',
    ) ?? 'https://github.com'
  );
}
