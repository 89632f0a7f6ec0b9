import { createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import { RefusedError } from '../../events/errors.ts';
import { onlyHeader } from '../headers.ts';
import { parsedJson } from '../member.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { base64Bytes, signedByOne } from './hmac.ts';
import { ownSource } from './part.ts';
import { firstTime, firstText } from './payload.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { forged, provingHeader } from './refusals.ts';
import { untimely } from './tolerance.ts';
import { timeOfSeconds, webhookEvent } from './webhook-event.ts';

/** Standard Webhooks, and what Svix sends: OpenAI, Clerk, Resend, Replicate and many more. [standard-webhooks specification 1.0] */
export const standardWebhooks: WebhookProvider = {
  name: 'standard-webhooks',
  about: {
    signature:
      '`webhook-signature` (or `svix-signature`): a list of `v1,<base64>`, HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>` with a secret `whsec_<base64>`, and `v1a,<base64>`, Ed25519 with a public key `whpk_<base64>`; `toleranceSeconds`',
    type: '`com.<standardWebhooks.name>.<type>` (without a name `com.standardwebhooks.<type>`); a body without `type` is a `message`',
    source:
      '`standardWebhooks.source`, else that of the resource, `/apis/v1/namespaces/<namespace>/webhooksources/<name>`',
    subject: '`data.id`',
    id: '`webhook-id`, the same when it is sent again',
    time: '`timestamp` or `created_at` of the body, else `webhook-timestamp`',
    notes: '',
  },
  check: ({ secrets }) => secrets.forEach((secret, i) => keyOf(secret, `spec.secrets[${i}]`)),
  verify,
  read,
};

const SIGNATURES_MAX = 16;
const FAMILIES = ['webhook', 'svix'] as const;

interface Signed {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
  /** `webhook` or `svix`: how the headers begin. */
  readonly family: string;
}

function verify(request: WebhookRequest, config: WebhookConfig): Refusal | undefined {
  const headers = signedHeaders(request);
  if ('status' in headers) return headers;
  const { id, timestamp, signature, family } = headers;
  const given = signature.split(' ').filter((one) => one !== '');
  if (given.length > SIGNATURES_MAX) return forged(`${family}-signature holds more than ${SIGNATURES_MAX} signatures`);
  const of = (version: string): Uint8Array[] =>
    given
      .filter((one) => one.startsWith(`${version},`))
      .map((one) => base64Bytes(one.slice(version.length + 1)))
      .filter((bytes) => bytes !== undefined);
  const keys = config.secrets.map((secret, i) => keyOf(secret, `spec.secrets[${i}]`));
  const shared = keys.flatMap((key) => ('shared' in key ? [key.shared] : []));
  const pieces = [id, '.', timestamp, '.', request.body];
  let genuine = signedByOne(of('v1'), pieces, { secrets: shared });
  const content = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  for (const key of keys)
    if ('open' in key) for (const one of of('v1a')) if (verifySignature(null, content, key.open, one)) genuine = true;
  if (!genuine)
    return forged(
      `${family}-signature does not fit; spec.secrets must name the secret of this endpoint (whsec_...) or its public key (whpk_...), and nothing on the way may change the body`,
    );
  return untimely(timestamp, `${family}-timestamp`, { request, config });
}

function signedHeaders(request: WebhookRequest): Signed | Refusal {
  const family =
    FAMILIES.find((name) => onlyHeader(request.rawHeaders, `${name}-signature`) !== undefined) ?? 'webhook';
  const todo = 'have the sender sign as Standard Webhooks says, with the secret that spec.secrets names';
  const [id, timestamp, signature] = (['id', 'timestamp', 'signature'] as const).map((what) =>
    provingHeader(request, `${family}-${what}`, todo),
  );
  for (const header of [id, timestamp, signature]) if (header && 'status' in header) return header;
  const valueOf = (header: typeof id): string => (header && 'value' in header ? header.value : '');
  return { id: valueOf(id), timestamp: valueOf(timestamp), signature: valueOf(signature), family };
}

type Key = { readonly shared: Uint8Array } | { readonly open: KeyObject };

/** What a secret is: 24 to 64 bytes, by the specification; senders that keep less strictly to it are let pass from 16 on. Throws without saying what it is. */
function keyOf(secret: string, path: string): Key {
  const open = secret.startsWith('whpk_');
  const text = secret.replace(/^(whsec_|whpk_)/, '');
  const bytes = base64Bytes(text.trim());
  if (open && bytes?.byteLength === 32) {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') };
    return { open: createPublicKey({ key: jwk, format: 'jwk' }) };
  }
  if (!open && bytes && bytes.byteLength >= 16) return { shared: bytes };
  const message = `${path}: is no secret of Standard Webhooks; it is whsec_ with the base64 of 24 to 64 bytes, or whpk_ with the base64 of an Ed25519 public key`;
  throw new RefusedError('resource-invalid', message, { path });
}

function read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal {
  const headers = signedHeaders(request);
  if ('status' in headers) return headers;
  const payload = parsedJson(new TextDecoder().decode(request.body));
  const name = firstText(payload, 'type', 'event_type', 'eventType') ?? 'message';
  const { name: sender = 'standardwebhooks', source } = config.spec.standardWebhooks ?? {};
  const event = webhookEvent(request, {
    id: headers.id,
    source: source ?? ownSource(config),
    type: `com.${sender}.${name}`,
    subject: firstText(payload, 'data.id'),
    time: firstTime(payload, 'timestamp', 'created_at') ?? timeOfSeconds(Number(headers.timestamp)),
  });
  return { happenings: [{ name, event }] };
}
