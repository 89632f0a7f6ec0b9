import { createHash, verify } from 'node:crypto';
import { onlyHeader } from '../headers.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { base64Bytes, isOneOf } from '../webhooks/hmac.ts';
import { forged, unsigned } from '../webhooks/refusals.ts';
import type { Certificates } from './certificates.ts';
import { mnsMessage } from './mns-message.ts';

// The one place where MNS keeps its certificate, in whatever region the topic is. [MNS "How can I check whether the URL of a signature certificate is an Alibaba Cloud URL?"]
const CERTIFICATE = /^https?:\/\/mnstest\.oss-cn-hangzhou\.aliyuncs\.com\/([\w.-]+)$/;

/**
 * The texts that MNS may have signed for a request: method, Content-MD5, Content-Type, Date, the `x-mns-` headers sorted, and the target as MNS knows it: with the path prefix of the public address, if there is one. Pure.
 * [MNS "Sign a request that is sent to an endpoint"]
 */
export function mnsSignedTexts(
  request: Pick<WebhookRequest, 'method' | 'target' | 'rawHeaders'>,
  publicUrl: string | undefined,
): readonly string[] {
  const head = ['content-md5', 'content-type', 'date'].map((name) => header(request.rawHeaders, name) ?? '');
  const own: string[] = [];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]?.toLowerCase() ?? '';
    if (name.startsWith('x-mns-')) own.push(`${name}:${(request.rawHeaders[i + 1] ?? '').trim()}`);
  }
  const prefix = URL.parse(publicUrl ?? '')?.pathname.replace(/\/+$/, '') ?? '';
  const targets = new Set([request.target, `${prefix}${request.target}`]);
  return [...targets].map((target) => [request.method, ...head, ...own.sort(), target].join('\n'));
}

/** What MNS is verified by. */
export interface MnsRule {
  /** `<account>/<topic>`. */
  readonly topics: readonly string[];
  readonly certificates: Certificates;
  readonly publicUrl: string | undefined;
}

/** Refuses what MNS did not sign, body included (401), or signed for a topic that is not among ours (403). Undefined = genuine. Rejects `source-unavailable`. */
export async function mnsRefusal(
  request: WebhookRequest,
  rule: MnsRule,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const [authorization, encodedUrl] = ['authorization', 'x-mns-signing-cert-url'].map((name) =>
    header(request.rawHeaders, name),
  );
  if (authorization === undefined || encodedUrl === undefined)
    return unsigned('Authorization or x-mns-signing-cert-url is missing; MNS sends both');
  const signature = base64Bytes(authorization);
  const file = CERTIFICATE.exec(Buffer.from(encodedUrl, 'base64').toString('utf8'))?.[1];
  if (!signature || file === undefined)
    return forged('x-mns-signing-cert-url must be a certificate of MNS, and Authorization a signature');
  // Without it the body would be signed by nobody.
  if (!md5Fits(header(request.rawHeaders, 'content-md5'), request.body))
    return forged('Content-MD5 must come once and fit the body');
  const topic = topicOf(request);
  if (topic === undefined || !rule.topics.includes(topic))
    return {
      status: 403,
      code: 'signature-invalid',
      message: `the topic ${topic?.slice(0, 300) ?? 'that is not named'} is not among spec.http.mnsTopics`,
    };
  // Never without TLS, whatever the header says: who can change the certificate can sign.
  const key = await rule.certificates.key(`https://mnstest.oss-cn-hangzhou.aliyuncs.com/${file}`, signal);
  if (key === 'none') return forged('there is no certificate at x-mns-signing-cert-url');
  const genuine = mnsSignedTexts(request, rule.publicUrl).some((signed) =>
    verify('RSA-SHA1', Buffer.from(signed), key, signature),
  );
  return genuine
    ? undefined
    : forged('Authorization does not fit the request; MNS must call the address as it is, and nothing may change it');
}

/** Which topic it is of, by the signed headers or, from before MNS sent those, by the signed body. */
function topicOf({ rawHeaders, body }: WebhookRequest): string | undefined {
  const [owner, name] = ['x-mns-topic-owner', 'x-mns-topic-name'].map((one) => header(rawHeaders, one));
  if (owner !== undefined && name !== undefined) return `${owner}/${name}`;
  const envelope = mnsMessage(body);
  return envelope && `${envelope.owner}/${envelope.topic}`;
}

// MNS writes the digest in hexadecimal, its documentation in base64 of that; HTTP would have base64 of the bytes.
function md5Fits(given: string | undefined, body: Uint8Array): boolean {
  if (given === undefined) return false;
  const digest = createHash('md5').update(body).digest();
  const hex = digest.toString('hex');
  return isOneOf(given, [hex, hex.toUpperCase(), Buffer.from(hex).toString('base64'), digest.toString('base64')]);
}

function header(rawHeaders: readonly string[], name: string): string | undefined {
  const found = onlyHeader(rawHeaders, name);
  return found === undefined || found === 'several' ? undefined : found.value;
}
