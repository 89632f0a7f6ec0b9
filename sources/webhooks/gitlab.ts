import { RefusedError } from '../../events/errors.ts';
import { onlyHeader } from '../headers.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { hashId } from './body-hash.ts';
import { gitlabEventName, gitlabFacts } from './gitlab-rows.ts';
import { base64Bytes, base64Digest, isOneOf, signedByOne } from './hmac.ts';
import { ownSource } from './part.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { forged, optionalHeader, provingHeader, unreadable } from './refusals.ts';
import { untimely } from './tolerance.ts';
import { jsonBody, webhookEvent } from './webhook-event.ts';

/** GitLab, as the official adapter converts it. [CloudEvents adapters/gitlab.md; GitLab "Webhooks"] */
export const gitlab: WebhookProvider = {
  name: 'gitlab',
  about: {
    signature:
      'signing token (`whsec_...`): `webhook-signature: v1,<base64>`, HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, `toleranceSeconds`; secret token: `X-Gitlab-Token` is one of `secrets`. With both in `secrets` a request that is signed must be signed rightly',
    type: '`com.gitlab.<object_kind>` and what the adapter adds: `com.gitlab.push`, `com.gitlab.issue.opened`, `com.gitlab.merge_request.open`, `com.gitlab.note.merge_request`, `com.gitlab.pipeline.success`, `com.gitlab.job.failed`; others `com.gitlab.<object_kind>.<action>`',
    source: '`repository.homepage`; of pipelines and wikis `project.web_url`; of a comment the URL of what it is about',
    subject: '`checkout_sha`, `ref`, `iid`, `id`, `slug` or `build_id`, by event',
    id: '`webhook-id` or `Idempotency-Key`; before GitLab 17.4 `X-Gitlab-Event-UUID` and a hash of the body',
    time: '`created_at` of merge requests and comments; else arrival',
    notes:
      'The adapter wants a new id for each; this one is the same when GitLab sends again. A job is `build` in `eventTypes`, as in `object_kind`; what has none, such as members and subgroups, goes by `event_name`.',
  },
  check,
  verify,
  read,
};

const SIGNATURES_MAX = 16;
const SIGNING = 'whsec_';
/** As for Standard Webhooks, whose scheme it is. */
const KEY_BYTES_MIN = 16;

/** A key that is none would refuse every request, and GitLab ends a webhook that is refused four times. */
function check({ secrets }: WebhookConfig): void {
  for (const [i, secret] of secrets.entries()) {
    if (!secret.startsWith(SIGNING) || (keyOf(secret)?.byteLength ?? 0) >= KEY_BYTES_MIN) continue;
    const path = `spec.secrets[${i}]`;
    const message = `${path}: is no signing token of GitLab; it is whsec_ with the base64 of at least ${KEY_BYTES_MIN} bytes`;
    throw new RefusedError('resource-invalid', message, { path });
  }
}

function keyOf(secret: string): Uint8Array | undefined {
  return base64Bytes(secret.slice(SIGNING.length));
}

function verify(request: WebhookRequest, config: WebhookConfig): Refusal | undefined {
  const keys = config.secrets
    .filter((secret) => secret.startsWith(SIGNING))
    .map((secret) => keyOf(secret) ?? new Uint8Array());
  if (keys.length > 0 && onlyHeader(request.rawHeaders, 'webhook-signature') !== undefined)
    return signatureRefusal(request, config, keys);
  const todo = 'give the webhook a signing token or a secret token, and name it in spec.secrets';
  const token = provingHeader(request, 'X-Gitlab-Token', todo);
  if ('status' in token) return token;
  const tokens = config.secrets.filter((secret) => !secret.startsWith(SIGNING));
  if (isOneOf(token.value, tokens)) return undefined;
  return forged('X-Gitlab-Token is not one of spec.secrets; the webhook must have the same secret token as the source');
}

/** [Standard Webhooks "Verifying signatures"] */
function signatureRefusal(
  request: WebhookRequest,
  config: WebhookConfig,
  secrets: readonly Uint8Array[],
): Refusal | undefined {
  const todo = 'GitLab sends it beside webhook-signature';
  const header = provingHeader(request, 'webhook-signature', todo);
  if ('status' in header) return header;
  const id = provingHeader(request, 'webhook-id', todo);
  if ('status' in id) return id;
  const seconds = provingHeader(request, 'webhook-timestamp', todo);
  if ('status' in seconds) return seconds;
  const given = header.value
    .split(' ')
    .slice(0, SIGNATURES_MAX)
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => base64Digest(signature.slice('v1,'.length)))
    .filter((digest) => digest !== undefined);
  if (!signedByOne(given, [id.value, '.', seconds.value, '.', request.body], { secrets }))
    return forged(
      'webhook-signature does not fit the body; the webhook must have one of spec.secrets as its signing token, and nothing on the way may change the body',
    );
  return untimely(seconds.value, 'webhook-timestamp', { request, config });
}

function read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal {
  const body = jsonBody(request);
  if ('status' in body) return body;
  const name = gitlabEventName(body.payload);
  if (name === undefined) return unreadable('the body has no object_kind and no event_name: it is no event of GitLab');
  const { type, source, subject, time } = gitlabFacts(name, body.payload);
  const event = webhookEvent(request, {
    id: idOf(request),
    type: `com.gitlab.${type}`,
    source: source ?? optionalHeader(request, 'X-Gitlab-Instance') ?? ownSource(config),
    subject,
    time,
    contentType: 'application/json',
  });
  return { happenings: [{ name, event }] };
}

function idOf(request: WebhookRequest): string {
  // The one that may be signed comes first: GitLab gives both the same value.
  const stable = optionalHeader(request, 'webhook-id') ?? optionalHeader(request, 'Idempotency-Key');
  if (stable !== undefined) return stable;
  // Webhooks that set off one another share the UUID: alone it does not tell their events apart.
  const uuid = optionalHeader(request, 'X-Gitlab-Event-UUID');
  return uuid === undefined ? hashId(request.body) : `${uuid}/${hashId(request.body).slice(0, 32)}`;
}
