import { attribute } from '../../events/event.ts';
import { RefusedError } from '../../events/errors.ts';
import { decodeJsonBatch } from '../../events/json/decode.ts';
import { essence } from '../../events/media-type.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { hashId } from './body-hash.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { optionalHeader, unreadable } from './refusals.ts';
import { twilioSignatureRefusal } from './twilio-signature.ts';
import { contentTypeOf, webhookEvent } from './webhook-event.ts';

/** Twilio: messages, calls, recordings, Conversations, Event Streams. [twilio.com/docs/usage/webhooks] */
export const twilio: WebhookProvider = {
  name: 'twilio',
  about: {
    signature:
      '`X-Twilio-Signature: <base64>`: HMAC-SHA1 over the public URL and the sorted parameters, or the URL with `bodySHA256` for JSON; the key is the auth token. It needs `--public-url`, and no time is signed',
    type: '`com.twilio.message.<MessageStatus or SmsStatus>`, `com.twilio.call.<CallStatus>`, `com.twilio.recording.<RecordingStatus>`, `com.twilio.<EventType>`, else `com.twilio.webhook`; events of Event Streams keep theirs',
    source: '`https://api.twilio.com/2010-04-01/Accounts/<AccountSid>`',
    subject: 'the sid of the message, call, recording or conversation',
    id: '`I-Twilio-Idempotency-Token`, the same when Twilio retries; else the sid and a hash of the body',
    time: '`Timestamp`, else arrival',
    notes:
      'Answers 200 with an empty TwiML document. Event Streams arrive as the CloudEvents they are, several in one append.',
  },
  check,
  verify: twilioSignatureRefusal,
  read,
};

const TWIML: NonNullable<Understood['answer']> = {
  status: 200,
  headers: { 'content-type': 'text/xml; charset=utf-8' },
  body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
};

function check({ publicUrl }: WebhookConfig): void {
  if (publicUrl !== undefined) return;
  const path = 'spec.provider';
  const message = `${path}: Twilio signs the address it calls, so that must be known; start weir with --public-url URL`;
  throw new RefusedError('resource-invalid', message, { path });
}

function read(request: WebhookRequest): Understood | Refusal {
  if (essence(contentTypeOf(request) ?? '') !== 'application/x-www-form-urlencoded') return readEvents(request);
  const form = new URLSearchParams(new TextDecoder().decode(request.body));
  const { name, sid } = told((field) => form.get(field) ?? '');
  const account = form.get('AccountSid') ?? '';
  const event = webhookEvent(request, {
    id: optionalHeader(request, 'I-Twilio-Idempotency-Token') ?? `${sid}/${hashId(request.body)}`,
    source: `https://api.twilio.com/2010-04-01/Accounts${account === '' ? '' : `/${encodeURIComponent(account)}`}`,
    type: `com.twilio.${name}`,
    subject: sid,
    time: timeOf(form.get('Timestamp') ?? ''),
  });
  return { happenings: [{ name, event }], answer: TWIML };
}

type Field = (name: string) => string;

/** What a form tells of. A recording names its call as well, and a message may name a conversation: the narrower comes first. */
function told(field: Field): { readonly name: string; readonly sid: string } {
  const first = (...names: readonly string[]): string => names.map(field).find((value) => value !== '') ?? '';
  const eventType = field('EventType');
  if (eventType !== '')
    return { name: eventType, sid: first('MessageSid', 'ParticipantSid', 'ConversationSid', 'ChannelSid') };
  if (field('RecordingSid') !== '') return named('recording', field('RecordingStatus'), field('RecordingSid'));
  const message = first('MessageSid', 'SmsSid', 'SmsMessageSid');
  if (message !== '') return named('message', first('MessageStatus', 'SmsStatus'), message);
  if (field('CallSid') !== '') return named('call', field('CallStatus'), field('CallSid'));
  return { name: 'webhook', sid: '' };
}

function named(what: string, status: string, sid: string): { readonly name: string; readonly sid: string } {
  return { name: status === '' ? what : `${what}.${status}`, sid };
}

/** Event Streams send a JSON array of CloudEvents, whatever the content type says. */
function readEvents(request: WebhookRequest): Understood | Refusal {
  try {
    const events = decodeJsonBatch(request.body);
    return { happenings: events.map((event) => ({ name: attribute(event, 'type') ?? '', event })), answer: TWIML };
  } catch (error) {
    if (error instanceof RefusedError)
      return unreadable(`the body is no form and no batch of CloudEvents: ${error.message}`);
    throw error;
  }
}

// RFC 2822: `Mon, 16 Aug 2010 03:45:01 +0000`.
function timeOf(text: string): string | undefined {
  const ms = /^\w{3}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
