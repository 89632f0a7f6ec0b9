import { member } from '../member.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { hexDigest, signedByOne } from './hmac.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { forged, provingHeader, unreadable } from './refusals.ts';
import { untimely } from './tolerance.ts';
import { jsonBody, timeOfSeconds, webhookEvent } from './webhook-event.ts';

/** Stripe. [docs.stripe.com/webhooks "Verify webhook signatures manually"] */
export const stripe: WebhookProvider = {
  name: 'stripe',
  about: {
    signature:
      '`Stripe-Signature: t=<seconds>,v1=<hex>`: HMAC-SHA256 over `<t>.<body>`, the key is the whole `whsec_...` text; several `v1` while Stripe rolls a secret, `v0` is ignored; `toleranceSeconds`',
    type: '`com.stripe.<type>`, such as `com.stripe.invoice.paid`',
    source:
      '`https://api.stripe.com/v1/accounts/<account>` where the event names an account, else `https://api.stripe.com`',
    subject: '`data.object.id`; of a thin event `related_object.id`',
    id: '`id` (`evt_...`)',
    time: '`created`',
    notes: '',
  },
  verify,
  read,
};

const SIGNATURES_MAX = 16;

function verify(request: WebhookRequest, config: WebhookConfig): Refusal | undefined {
  const header = provingHeader(
    request,
    'Stripe-Signature',
    'have Stripe send to this address, and name the signing secret of that endpoint (whsec_...) in spec.secrets',
  );
  if ('status' in header) return header;
  const pairs = header.value.split(',').map((pair) => pair.trim());
  const of = (key: string): string[] =>
    pairs.filter((pair) => pair.startsWith(`${key}=`)).map((pair) => pair.slice(key.length + 1));
  const [seconds, ...others] = of('t');
  const given = of('v1').map((hex) => hexDigest(hex));
  if (seconds === undefined || others.length > 0 || given.length === 0 || given.length > SIGNATURES_MAX)
    return forged('Stripe-Signature must hold t= once, and v1= with 64 hexadecimal digits');
  const digests = given.filter((digest) => digest !== undefined);
  if (!signedByOne(digests, [seconds, '.', request.body], config))
    return forged(
      'Stripe-Signature does not fit the body; spec.secrets must name the signing secret of this endpoint, and nothing on the way may change the body',
    );
  return untimely(seconds, 't of Stripe-Signature', { request, config });
}

function read(request: WebhookRequest): Understood | Refusal {
  const body = jsonBody(request);
  if ('status' in body) return body;
  const text = (names: string): string | undefined => {
    const value = member(names)(body.payload);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [id, type] = [text('id'), text('type')];
  if (id === undefined || type === undefined)
    return unreadable('the body has no id or no type: it is no event of Stripe');
  const account = text('account') ?? text('context');
  const event = webhookEvent(request, {
    id,
    type: `com.stripe.${type}`,
    source: `https://api.stripe.com${account === undefined ? '' : `/v1/accounts/${encodeURIComponent(account.toWellFormed())}`}`,
    subject: text('data.object.id') ?? text('related_object.id'),
    // Thin events write the time as text.
    time: timeOfSeconds(member('created')(body.payload)) ?? text('created'),
  });
  return { happenings: [{ name: type, event }] };
}
