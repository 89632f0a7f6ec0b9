import type { SourceInstance } from '../../../sources/kind.ts';
import { webhookKind } from '../../../sources/webhooks/kind.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import type { HookSubject } from '../../conformance/webhook-subject.ts';
import { webhookSuite } from '../../conformance/webhook.ts';
import { webhookInstance } from './open-webhook.ts';
import { posted } from './posted.ts';
import {
  shopifyRequest,
  SHOPIFY_SECRET,
  slackRequest,
  SLACK_SECRET,
  standardRequest,
  STANDARD_SECRET,
  stripeRequest,
  STRIPE_SECRET,
  twilioRequest,
  TWILIO_SECRET,
} from './signed.ts';

interface Sender {
  readonly spec?: object;
  readonly secret: string;
  readonly request: (n: number) => WebhookRequest;
  readonly forged: WebhookRequest;
  readonly accepted?: number;
}

const SENDERS: Readonly<Record<string, Sender>> = {
  stripe: {
    secret: STRIPE_SECRET,
    request: (n) => stripeRequest({ id: `evt_${n}`, type: 'invoice.paid', created: 1686089970 }),
    forged: stripeRequest('{}', {}, '1767225000'),
  },
  slack: {
    secret: SLACK_SECRET,
    request: (n) => slackRequest({ type: 'event_callback', event_id: `Ev${n}`, event: { type: 'app_mention' } }),
    forged: slackRequest('{}', { 'X-Slack-Signature': `v0=${'0'.repeat(64)}` }),
    accepted: 200,
  },
  shopify: {
    secret: SHOPIFY_SECRET,
    request: (n) => shopifyRequest({ id: n }, { 'X-Shopify-Webhook-Id': `b54557e4-${n}` }),
    forged: shopifyRequest('{}', { 'X-Shopify-Hmac-SHA256': undefined }),
  },
  twilio: {
    secret: TWILIO_SECRET,
    request: (n) => twilioRequest({ MessageSid: `SM${n}`, MessageStatus: 'sent' }),
    forged: twilioRequest({ MessageSid: 'SM1' }, { 'X-Twilio-Signature': `${'A'.repeat(27)}=` }),
    accepted: 200,
  },
  'standard-webhooks': {
    secret: STANDARD_SECRET,
    request: (n) => standardRequest({ type: 'a.b', data: {} }, {}, `msg_${n}`),
    forged: standardRequest({ type: 'a.b' }, { 'webhook-id': 'msg_other' }),
  },
  generic: {
    spec: { authentication: 'bearer', generic: { id: '{body:/id}', type: 'com.acme.{body:/type}' } },
    secret: 'the-bearer-token',
    request: (n) => posted({ id: n, type: 't' }, { Authorization: 'Bearer the-bearer-token' }),
    forged: posted({ id: 1, type: 't' }, { Authorization: 'Bearer another-token' }),
  },
};

for (const [provider, { spec, secret, request, forged, accepted = 202 }] of Object.entries(SENDERS))
  webhookSuite(`WebhookSource ${provider}`, (): HookSubject => {
    const instance: SourceInstance = webhookInstance({ provider, ...spec }, [secret]);
    return {
      kind: webhookKind,
      instance,
      request,
      forged: () => forged,
      accepted,
      wrong: { spec: { ...Object(instance.spec), secrets: [] }, path: 'spec.secrets' },
    };
  });
