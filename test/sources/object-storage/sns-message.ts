import { sign } from 'node:crypto';
import type { WebhookRequest } from '../../../sources/source.ts';
import { FakeServers, request } from './open-storage.ts';
import { notification, record } from './records.ts';
import { type SelfSigned, selfSigned } from './self-signed.ts';

/** The topic that may send, and its spec. */
export const TOPIC = 'arn:aws:sns:us-west-2:123456789012:photos';
/** An ObjectStorageSource that this topic may send to. */
export const SNS_SPEC = { provider: 's3', http: { topicArns: [TOPIC] } };
/** Where its certificate is. */
export const CERTIFICATE_URL =
  'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-f3ecfb7224c7233fe7bb5f59f96de52f.pem';
/** What confirms its subscription. */
export const SUBSCRIBE_URL = `https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=2336412f37f`;

/** An SNS that signs with a key of its own. */
export class FakeSns extends FakeServers {
  readonly #keys: SelfSigned;

  constructor(keys: SelfSigned = selfSigned()) {
    super();
    this.#keys = keys;
    this.answers.set(CERTIFICATE_URL, { body: keys.pem });
    this.answers.set(SUBSCRIBE_URL, { body: '<ConfirmSubscriptionResponse/>' });
  }

  /** A request as SNS makes it; `over` replaces members before they are signed, `after` those of the signed message. */
  message(over: Readonly<Record<string, string | undefined>> = {}, after: object = {}): WebhookRequest {
    const type = over['Type'] ?? 'Notification';
    const confirmation = type === 'Notification' ? {} : { Token: '2336412f37f', SubscribeURL: SUBSCRIBE_URL };
    const message: Record<string, string> = {};
    const all = {
      Type: type,
      MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
      ...confirmation,
      TopicArn: TOPIC,
      Subject: type === 'Notification' ? 'Amazon S3 Notification' : undefined,
      Message: JSON.stringify(notification(record())),
      Timestamp: '2026-01-01T00:00:00.000Z',
      SignatureVersion: '2',
      SigningCertURL: CERTIFICATE_URL,
      ...over,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) message[name] = value;
    // Written down apart from the product's: the members in the order of the alphabet, each on a line of its own before its value.
    const names =
      type === 'Notification'
        ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const text = names.filter((name) => name in message).map((name) => `${name}\n${message[name]}\n`);
    const hash = message['SignatureVersion'] === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
    const Signature = sign(hash, Buffer.from(text.join('')), this.#keys.privateKey).toString('base64');
    return request(
      { ...message, Signature, ...after },
      { 'Content-Type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': type, 'x-amz-sns-topic-arn': TOPIC },
    );
  }
}
