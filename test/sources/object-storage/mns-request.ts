import { createHash, sign } from 'node:crypto';
import type { WebhookRequest } from '../../../sources/source.ts';
import { FakeServers, request } from './open-storage.ts';
import { type SelfSigned, selfSigned } from './self-signed.ts';

/** Where the certificate of MNS is. */
export const MNS_CERTIFICATE = 'https://mnstest.oss-cn-hangzhou.aliyuncs.com/x509_public_certificate.pem';
/** An ObjectStorageSource that one topic of MNS may send to. */
export const MNS_SPEC = { provider: 'oss', http: { mnsTopics: ['1234567890123456/oss-photos'] } };

/** What is signed, and what is changed after that. */
interface Signing {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly after?: Readonly<Record<string, string | undefined>>;
  readonly query?: string;
  /** The path that MNS was given, if it is not the one that arrives. */
  readonly signedTarget?: string;
}

/** An MNS that signs with a key of its own. */
export class FakeMns extends FakeServers {
  // Out of date, as the real one is.
  readonly #keys: SelfSigned = selfSigned('210101000000Z');

  constructor() {
    super();
    this.answers.set(MNS_CERTIFICATE, { body: this.#keys.pem });
  }

  /** A push as MNS makes it. */
  push(body: string, { headers = {}, after = {}, query = '', signedTarget }: Signing = {}): WebhookRequest {
    const all: Record<string, string | undefined> = {
      'Content-Type': 'text/plain;charset=utf-8',
      'Content-md5': createHash('md5').update(body).digest('hex').toUpperCase(),
      Date: 'Thu, 01 Jan 2026 00:00:00 GMT',
      'x-mns-version': '2015-06-06',
      'x-mns-request-id': '672354803035301900003',
      'x-mns-topic-owner': '1234567890123456',
      'x-mns-topic-name': 'oss-photos',
      'x-mns-signing-cert-url': Buffer.from(MNS_CERTIFICATE).toString('base64'),
      ...headers,
    };
    const plain = request(body, all, { query });
    const mns = Object.keys(all)
      .filter((name) => name.startsWith('x-mns-') && all[name] !== undefined)
      .sort();
    const text = [
      'POST',
      all['Content-md5'] ?? '',
      all['Content-Type'] ?? '',
      all['Date'] ?? '',
      ...mns.map((name) => `${name}:${all[name]}`),
      signedTarget ?? plain.target,
    ].join('\n');
    const Authorization = sign('RSA-SHA1', Buffer.from(text), this.#keys.privateKey).toString('base64');
    return request(body, { ...all, Authorization, ...after }, { query });
  }
}
