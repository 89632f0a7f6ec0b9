import { onlyHeader } from '../headers.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { githubRow } from './github-rows.ts';
import { hexDigest, signedByOne } from './hmac.ts';
import { ownSource } from './part.ts';
import { firstTime, firstUri, textAt } from './payload.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { forged, tellingHeader, unreadable, unsigned } from './refusals.ts';
import { contentTypeOf, jsonBody, webhookEvent } from './webhook-event.ts';

/** As each of them calls its signature; Forgejo sends the ones of Gitea and Gogs as well. */
const SIGNATURES = ['x-forgejo-signature', 'x-gitea-signature', 'x-gogs-signature'];

/** Gitea and Forgejo, whose payloads are made after GitHub's. [Gitea "Webhooks"; Forgejo "Webhooks"] */
export const gitea: WebhookProvider = {
  name: 'gitea',
  about: {
    signature: '`X-Gitea-Signature: <hex>`, or `X-Forgejo-Signature`: HMAC-SHA256 over the body, which must be JSON',
    type: '`com.gitea.<X-Gitea-Event>` and the action where GitHub has one: `com.gitea.push`, `com.gitea.issues.opened`',
    source: '`repository.html_url`, else the address of the organization',
    subject: 'as of `github`',
    id: '`X-Gitea-Delivery`',
    time: 'as of `github`; else arrival',
    notes: 'No official adapter exists; the rows are those of `github`, as the payloads are made after its.',
  },
  verify,
  read,
};

function verify(request: WebhookRequest, { secrets }: WebhookConfig): Refusal | undefined {
  const headers = SIGNATURES.map((name) => onlyHeader(request.rawHeaders, name)).filter((one) => one !== undefined);
  if (headers.length === 0)
    return unsigned('X-Gitea-Signature is missing; give the webhook a secret, and name it in spec.secrets');
  const digests = headers.map((header) => (header === 'several' ? undefined : hexDigest(header.value)));
  const whole = digests.filter((digest) => digest !== undefined);
  // Each is compared by itself: one that is right does not make up for another that is not.
  if (whole.length === digests.length && whole.every((digest) => signedByOne([digest], [request.body], { secrets })))
    return undefined;
  return forged(
    'X-Gitea-Signature does not fit the body; the webhook must have one of spec.secrets and the content type application/json, and nothing on the way may change the body',
  );
}

function read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal {
  const name = tellingHeader(request, 'X-Gitea-Event');
  if ('status' in name) return name;
  const id = tellingHeader(request, 'X-Gitea-Delivery');
  if ('status' in id) return id;
  if (!/^application\/json\b/i.test(contentTypeOf(request) ?? ''))
    return unreadable('the body is a form; set the content type of the webhook to application/json');
  const body = jsonBody(request);
  if ('status' in body) return body;
  const row = githubRow(name.value);
  const suffix = row.suffix.flatMap((names) => textAt(body.payload, names) ?? []);
  const places = typeof row.time === 'function' ? row.time(textAt(body.payload, 'action') ?? '') : row.time;
  const event = webhookEvent(request, {
    id: id.value,
    type: ['com.gitea', name.value, ...suffix].join('.'),
    source: firstUri(body.payload, 'repository.html_url', 'organization.url', 'sender.html_url') ?? ownSource(config),
    subject: row.subject === undefined ? undefined : textAt(body.payload, row.subject),
    time: firstTime(body.payload, ...places),
    contentType: 'application/json',
  });
  return { happenings: [{ name: name.value, event }] };
}
