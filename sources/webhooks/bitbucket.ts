import type { Refusal, WebhookRequest } from '../source.ts';
import { bitbucketFacts } from './bitbucket-facts.ts';
import { hashId } from './body-hash.ts';
import { hexDigest, signedByOne } from './hmac.ts';
import { ownSource } from './part.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { forged, optionalHeader, provingHeader, tellingHeader } from './refusals.ts';
import { jsonBody, webhookEvent } from './webhook-event.ts';

/** Bitbucket Cloud and Data Center. [Bitbucket Cloud "Manage webhooks", Data Center "Manage webhooks"] */
export const bitbucket: WebhookProvider = {
  name: 'bitbucket',
  about: {
    signature: '`X-Hub-Signature: sha256=<hex>`: HMAC-SHA256 over the body',
    type: '`com.bitbucket.<X-Event-Key>`: `com.bitbucket.repo:push`, `com.bitbucket.pr:opened`',
    source:
      "the repository's page (`repository.links.html.href`); of Data Center, whose payloads name no address, `/projects/<key>/repos/<slug>`",
    subject: 'the id of the pull request or issue, the hash of the commit, the ref of a push that changes one',
    id: '`X-Request-UUID` (Cloud), `X-Request-Id` (Data Center), else a hash of event and body',
    time: 'of the comment, pull request, issue or status; `date` of Data Center; else arrival',
    notes: "Data Center's test request is the event `com.bitbucket.diagnostics:ping`.",
  },
  verify,
  read,
};

function verify(request: WebhookRequest, { secrets }: WebhookConfig): Refusal | undefined {
  const header = provingHeader(request, 'X-Hub-Signature', 'give the webhook a secret, and name it in spec.secrets');
  if ('status' in header) return header;
  const digest = header.value.startsWith('sha256=') ? hexDigest(header.value.slice('sha256='.length)) : undefined;
  if (!digest) return forged('X-Hub-Signature must be sha256= with 64 hexadecimal digits');
  if (signedByOne([digest], [request.body], { secrets })) return undefined;
  return forged(
    'X-Hub-Signature does not fit the body; the webhook must have one of spec.secrets, and nothing on the way may change the body',
  );
}

function read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal {
  const key = tellingHeader(request, 'X-Event-Key');
  if ('status' in key) return key;
  const body = jsonBody(request);
  if ('status' in body) return body;
  const facts = bitbucketFacts(body.payload);
  const event = webhookEvent(request, {
    id:
      optionalHeader(request, 'X-Request-UUID') ??
      optionalHeader(request, 'X-Request-Id') ??
      hashId(key.value, request.body),
    type: `com.bitbucket.${key.value}`,
    source: facts.source ?? ownSource(config),
    subject: facts.subject,
    time: facts.time,
    contentType: 'application/json',
  });
  return { happenings: [{ name: key.value, event }] };
}
