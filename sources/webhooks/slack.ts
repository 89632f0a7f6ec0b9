import { essence } from '../../events/media-type.ts';
import { formField } from '../form-field.ts';
import { member, parsedJson } from '../member.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { hashId } from './body-hash.ts';
import { hexDigest, signedByOne } from './hmac.ts';
import { firstText, payloadTime, textAt } from './payload.ts';
import type { Happening, Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { forged, provingHeader, unreadable } from './refusals.ts';
import { untimely } from './tolerance.ts';
import { contentTypeOf, jsonBody, webhookEvent } from './webhook-event.ts';

/** Slack: Events API, slash commands and interactivity. [docs.slack.dev "Verifying requests from Slack", "The Events API", "Slash commands", "Handling user interaction"] */
export const slack: WebhookProvider = {
  name: 'slack',
  about: {
    signature:
      '`X-Slack-Signature: v0=<hex>`: HMAC-SHA256 over `v0:<X-Slack-Request-Timestamp>:<body>` with the signing secret of the app; `toleranceSeconds`',
    type: '`com.slack.<event.type>`, such as `com.slack.app_mention`; `com.slack.slash_command`; for interactivity `com.slack.<payload.type>`, such as `com.slack.block_actions`',
    source: '`https://app.slack.com/client/<team>`; of an organisation-wide event that of its enterprise',
    subject: 'the channel, else the user; the command (`/deploy`); the callback id, view or action of an interaction',
    id: '`event_id`, the same when Slack retries; `trigger_id` of commands and interactions, else a hash of the body',
    time: '`event_time`; of commands and interactions arrival',
    notes:
      'Answers 200 with an empty body once the event is durable, which must be within 3 s or Slack sends it again. `url_verification` is answered with its challenge and emits nothing. The data of an interaction are the JSON of its field `payload`.',
  },
  verify,
  read,
};

// Slack shows a body that is not empty to the user.
const EMPTY: NonNullable<Understood['answer']> = { status: 200, headers: {}, body: '' };

function verify(request: WebhookRequest, config: WebhookConfig): Refusal | undefined {
  const todo = 'have Slack send to this address, and name the signing secret of the app in spec.secrets';
  const timestamp = provingHeader(request, 'X-Slack-Request-Timestamp', todo);
  if ('status' in timestamp) return timestamp;
  const signature = provingHeader(request, 'X-Slack-Signature', todo);
  if ('status' in signature) return signature;
  const digest = signature.value.startsWith('v0=') ? hexDigest(signature.value.slice('v0='.length)) : undefined;
  if (!digest) return forged('X-Slack-Signature must be v0= with 64 hexadecimal digits');
  if (!signedByOne([digest], ['v0:', timestamp.value, ':', request.body], config))
    return forged(
      'X-Slack-Signature does not fit the body; spec.secrets must name the signing secret of the app (not its token), and nothing on the way may change the body',
    );
  return untimely(timestamp.value, 'X-Slack-Request-Timestamp', { request, config });
}

function read(request: WebhookRequest): Understood | Refusal {
  if (essence(contentTypeOf(request) ?? '') === 'application/x-www-form-urlencoded') return readForm(request);
  const body = jsonBody(request);
  if ('status' in body) return body;
  const { payload } = body;
  const type = textAt(payload, 'type');
  if (type === 'url_verification') return challenged(textAt(payload, 'challenge'));
  if (type === 'app_rate_limited') return told(request, rateLimited(payload));
  const name = textAt(payload, 'event.type');
  const id = textAt(payload, 'event_id');
  if (name === undefined || id === undefined)
    return unreadable('the body has no event_id or no event.type: it is no event of Slack');
  return told(request, {
    name,
    id,
    source: sourceOf(firstText(payload, 'team_id', 'enterprise_id')),
    subject: firstText(
      payload,
      'event.channel',
      'event.channel.id',
      'event.channel_id',
      'event.item.channel',
      'event.user',
      'event.user.id',
    ),
    time: payloadTime(member('event_time')(payload)),
  });
}

interface Facts {
  readonly name: string;
  readonly id: string;
  readonly source: string;
  readonly subject?: string | undefined;
  readonly time?: string | undefined;
  readonly data?: Uint8Array;
  readonly contentType?: string;
}

function told(request: WebhookRequest, { name, ...facts }: Facts): Understood {
  const happening: Happening = { name, event: webhookEvent(request, { type: `com.slack.${name}`, ...facts }) };
  return { happenings: [happening], answer: EMPTY };
}

function challenged(challenge: string | undefined): Understood | Refusal {
  if (challenge === undefined) return unreadable('url_verification has no challenge');
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { happenings: [], answer: { status: 200, headers, body: challenge } };
}

function rateLimited(payload: object): Facts {
  const team = textAt(payload, 'team_id');
  return {
    name: 'app_rate_limited',
    id: `app_rate_limited/${team ?? ''}/${textAt(payload, 'api_app_id') ?? ''}/${textAt(payload, 'minute_rate_limited') ?? ''}`,
    source: sourceOf(team),
    time: payloadTime(member('minute_rate_limited')(payload)),
  };
}

/** A slash command, an interaction in the field `payload`, or the check of the certificate that comes before either. */
function readForm(request: WebhookRequest): Understood | Refusal {
  const field = (name: string): string | undefined => {
    const bytes = formField(request.body, name);
    return bytes === undefined || bytes.length === 0 ? undefined : new TextDecoder().decode(bytes);
  };
  if (field('ssl_check') === '1') return { happenings: [], answer: EMPTY };
  const data = formField(request.body, 'payload');
  if (data) return readInteraction(request, data);
  const command = field('command');
  if (command === undefined)
    return unreadable('the form has neither command nor payload, each once: it is not from Slack');
  return told(request, {
    name: 'slash_command',
    id: field('trigger_id') ?? hashId(request.body),
    source: sourceOf(field('team_id') ?? field('enterprise_id')),
    subject: command,
  });
}

function readInteraction(request: WebhookRequest, data: Uint8Array): Understood | Refusal {
  const payload = parsedJson(new TextDecoder().decode(data));
  const name = textAt(payload, 'type');
  if (name === undefined) return unreadable('payload is not a JSON object with a type');
  return told(request, {
    name,
    id: textAt(payload, 'trigger_id') ?? hashId(data),
    source: sourceOf(firstText(payload, 'team.id', 'user.team_id', 'enterprise.id')),
    subject: firstText(payload, 'callback_id', 'view.callback_id', 'action_id', 'view.id', 'channel.id'),
    data,
    contentType: 'application/json',
  });
}

function sourceOf(team: string | undefined): string {
  return `https://app.slack.com/client${team === undefined ? '' : `/${encodeURIComponent(team.toWellFormed())}`}`;
}
