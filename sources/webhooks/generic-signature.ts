import type { GenericSignature } from '../../crds/webhook-providers/generic.ts';
import { signedParts } from '../../crds/webhook-providers/signed-content.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { base64Digest, hexDigest, signedByOne } from './hmac.ts';
import type { WebhookConfig } from './provider.ts';
import { forged, provingHeader } from './refusals.ts';
import { untimely } from './tolerance.ts';

const SIGNATURES_MAX = 16;
/** A timestamp of more digits than seconds have until the year 5138 is in milliseconds. */
const SECONDS_DIGITS_MAX = 11;

/** Refuses a request that was not signed as `spec.generic.signature` says, under one of `spec.secrets`, or whose signed time is not tolerated. */
export function genericSignatureRefusal(
  request: WebhookRequest,
  config: WebhookConfig,
  signature: GenericSignature,
): Refusal | undefined {
  const { header: name, prefix, hash, encoding } = signature;
  const header = provingHeader(request, name, 'the sender must sign as spec.generic.signature says');
  if ('status' in header) return header;
  const listed = header.value.split(/[,; ]+/).filter((one) => one !== '');
  const given = listed.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  const digests = given
    .map((one) => (encoding === 'hex' ? hexDigest(one, hash) : base64Digest(one, hash)))
    .filter((digest) => digest !== undefined);
  if (digests.length === 0 || digests.length > SIGNATURES_MAX)
    return forged(`${name} must hold ${prefix === '' ? '' : `${prefix} and `}a signature: ${hash} in ${encoding}`);
  const signed = signedValues(request, signature, listed);
  if ('status' in signed) return signed;
  const pieces = (signedParts(signature.content) ?? []).map((part) => {
    if (typeof part !== 'string') return part.text;
    return part === 'body' ? request.body : signed[part];
  });
  if (!signedByOne(digests, pieces, { hash, secrets: config.secrets }))
    return forged(
      `${name} does not fit; spec.secrets must name the secret of the sender, spec.generic.signature say how it signs, and nothing on the way may change the body`,
    );
  if (!signature.content.includes('{timestamp}')) return undefined;
  const { timestamp } = signed;
  const milliseconds = /^\d+$/.test(timestamp) && timestamp.length > SECONDS_DIGITS_MAX;
  return untimely(milliseconds ? timestamp.slice(0, -3) : timestamp, 'the timestamp', { request, config });
}

interface Values {
  readonly timestamp: string;
  readonly id: string;
}

function signedValues(
  request: WebhookRequest,
  { header, timestampHeader, timestampPrefix, idHeader }: GenericSignature,
  listed: readonly string[],
): Values | Refusal {
  const id = idHeader === undefined ? { value: '' } : provingHeader(request, idHeader, 'it is part of what is signed');
  if ('status' in id) return id;
  if (timestampHeader !== undefined) {
    const timestamp = provingHeader(request, timestampHeader, 'it is part of what is signed');
    return 'status' in timestamp ? timestamp : { timestamp: timestamp.value, id: id.value };
  }
  if (timestampPrefix === undefined) return { timestamp: '', id: id.value };
  const [timestamp, ...others] = listed.filter((one) => one.startsWith(timestampPrefix));
  if (timestamp === undefined || others.length > 0) return forged(`${header} must hold ${timestampPrefix} once`);
  return { timestamp: timestamp.slice(timestampPrefix.length), id: id.value };
}
