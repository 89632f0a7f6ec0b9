import { verify } from 'node:crypto';
import type { CallApi } from '../api-call.ts';
import { UnavailableError } from '../../events/errors.ts';
import { member } from '../member.ts';
import type { Refusal } from '../source.ts';
import { base64Bytes } from '../webhooks/hmac.ts';
import { forged, unsigned } from '../webhooks/refusals.ts';
import type { Certificates } from './certificates.ts';

// What is signed, in this order, by type of message. [AWS SNS "Verifying the signatures of Amazon SNS messages"]
const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const SIGNED: ReadonlyMap<string, readonly string[]> = new Map([
  ['Notification', NOTIFICATION],
  ['SubscriptionConfirmation', CONFIRMATION],
  ['UnsubscribeConfirmation', CONFIRMATION],
]);

const HASHES: ReadonlyMap<string, string> = new Map([
  ['1', 'RSA-SHA1'],
  ['2', 'RSA-SHA256'],
]);

// A region, and nothing else: `sns.s3-us-west-2.amazonaws.com` is somebody's bucket.
const HOST = /^sns\.[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}\.amazonaws\.com(\.cn)?$/;

/** The text that SNS signs; undefined if it is no message of SNS, or lacks what must be signed. Pure. */
export function snsSignedText(message: unknown): string | undefined {
  const names = SIGNED.get(text(message, 'Type') ?? '');
  let signed = '';
  for (const name of names ?? []) {
    const value = text(message, name);
    if (value !== undefined) signed += `${name}\n${value}\n`;
    else if (name !== 'Subject') return undefined;
  }
  return names && signed;
}

/** Whether `url` is one of SNS itself, over https, with a `path` (query included) like that: nothing else is ever fetched because a message says so. */
export function isSnsUrl(url: string | undefined, path: RegExp): url is string {
  const parsed = URL.parse(url ?? '');
  if (!parsed || parsed.protocol !== 'https:' || parsed.port !== '') return false;
  if (parsed.username !== '' || parsed.password !== '' || !HOST.test(parsed.hostname)) return false;
  return path.test(`${parsed.pathname}${parsed.search}${parsed.hash}`);
}

/** Refuses what SNS did not sign (401), or signed for a topic that is not among ours (403: anybody may have a topic). Undefined = genuine. Rejects `source-unavailable`. */
export async function snsRefusal(
  message: unknown,
  { topicArns, certificates }: { readonly topicArns: readonly string[]; readonly certificates: Certificates },
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const signed = snsSignedText(message);
  const hash = HASHES.get(text(message, 'SignatureVersion') ?? '');
  const signature = base64Bytes(text(message, 'Signature') ?? '');
  if (signed === undefined || !signature || signature.byteLength === 0)
    return unsigned('this is no signed message of SNS; turn raw message delivery of the subscription off');
  if (hash === undefined) return forged('SignatureVersion must be 1 or 2');
  const topic = text(message, 'TopicArn') ?? '';
  if (!topicArns.includes(topic))
    return {
      status: 403,
      code: 'signature-invalid',
      message: `the topic ${topic.slice(0, 300)} is not among spec.http.topicArns`,
    };
  const url = text(message, 'SigningCertURL');
  if (!isSnsUrl(url, /^\/SimpleNotificationService-[\w-]+\.pem$/))
    return forged('SigningCertURL must be a certificate at sns.<region>.amazonaws.com');
  const key = await certificates.key(url, signal);
  if (key === 'none') return forged('there is no valid certificate at SigningCertURL');
  return verify(hash, Buffer.from(signed), key, signature)
    ? undefined
    : forged('Signature does not fit the message; nothing on the way may change it');
}

/** Confirms a subscription by the address that its genuine message names. A refusal if that is not SNS's own; rejects `source-unavailable` if SNS does not confirm now: it then sends the message again. */
export async function confirmSubscription(
  message: unknown,
  call: CallApi,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const url = text(message, 'SubscribeURL');
  const actions =
    URL.parse(url ?? '')
      ?.searchParams.getAll('Action')
      .join() ?? '';
  // Of all that SNS does for who asks it without a name, confirming is what this is for.
  if (!isSnsUrl(url, /^\/\?[^#]*$/) || actions !== 'ConfirmSubscription')
    return forged('SubscribeURL must be at sns.<region>.amazonaws.com, and confirm a subscription');
  // The URL holds a token: it goes into no message.
  const answer = await call({ method: 'GET', url, headers: {} }, signal).catch(() => undefined);
  if (answer?.status === 200) return undefined;
  throw new UnavailableError(
    'source-unavailable',
    `SNS did not confirm the subscription (${answer?.status ?? 'no answer'}); it is tried again when SNS asks again`,
  );
}

/** A member of a message that is text. */
export function text(message: unknown, name: string): string | undefined {
  const value = member(name)(message);
  return typeof value === 'string' ? value : undefined;
}
