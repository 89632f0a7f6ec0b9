import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The hashes an HMAC is made with here. */
export type Hash = 'sha1' | 'sha256' | 'sha512';

const LENGTH: Readonly<Record<Hash, number>> = { sha1: 20, sha256: 32, sha512: 64 };

/** What was signed, piece by piece, as if joined. */
export type Signed = readonly (string | Uint8Array)[];

/**
 * Whether one of `given` is the HMAC of `signed` under one of `secrets`. Every one is compared with every other, in constant time, so that the time taken says neither which nearly fits nor how many
 * there are of what. An empty secret is none: anybody could sign with it.
 */
export function signedByOne(
  given: readonly Uint8Array[],
  signed: Signed,
  { hash = 'sha256', secrets }: { readonly hash?: Hash; readonly secrets: readonly (string | Uint8Array)[] },
): boolean {
  let genuine = false;
  for (const secret of secrets) {
    if (secret.length === 0) continue;
    const hmac = createHmac(hash, secret);
    for (const piece of signed) hmac.update(piece);
    const digest = hmac.digest();
    for (const one of given) if (one.byteLength === digest.byteLength && timingSafeEqual(digest, one)) genuine = true;
  }
  return genuine;
}

/** Whether `given` is one of `secrets`, compared in constant time, whatever their lengths. An empty one is none. */
export function isOneOf(given: string, secrets: readonly string[]): boolean {
  const digest = sha256(given);
  let genuine = false;
  for (const secret of secrets) if (secret !== '' && timingSafeEqual(sha256(secret), digest)) genuine = true;
  return genuine;
}

/** The digest that `text` writes in hexadecimal digits of either case; undefined if it is not one of this hash. */
export function hexDigest(text: string, hash: Hash = 'sha256'): Uint8Array | undefined {
  if (text.length !== LENGTH[hash] * 2 || !/^[\da-f]+$/i.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** The digest that `text` writes in base64 with its padding; undefined if it is not one of this hash. */
export function base64Digest(text: string, hash: Hash = 'sha256'): Uint8Array | undefined {
  const bytes = base64Bytes(text);
  return bytes?.byteLength === LENGTH[hash] ? bytes : undefined;
}

/** The bytes that `text` writes in canonical base64; undefined if it is none. */
export function base64Bytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? Uint8Array.from(bytes) : undefined;
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
