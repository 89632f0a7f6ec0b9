import { z } from 'zod';
import { quoted } from '../../events/errors.ts';
import { refuse } from '../refusal.ts';
import { secretReference, type SecretReference } from '../secret-reference.ts';
import { expression } from './expression.ts';
import { signedContent } from './signed-content.ts';

/** How a sender signs: HMAC with `spec.secrets` over `content`. */
export interface GenericSignature {
  /** Which header holds it, as a list separated by `,` `;` or spaces, of which any may fit. */
  readonly header: string;
  /** What stands before each signature: `sha256=`, `v1=`; what begins otherwise is passed over. */
  readonly prefix: string;
  readonly hash: 'sha1' | 'sha256' | 'sha512';
  readonly encoding: 'hex' | 'base64';
  /** What is signed: text with `{body}`, `{timestamp}`, `{id}`. */
  readonly content: string;
  /** Where the timestamp stands, seconds or milliseconds since 1970: a header of its own... */
  readonly timestampHeader?: string;
  /** ... or in the header of the signature, after this: `t=`. */
  readonly timestampPrefix?: string;
  /** Where `{id}` stands. */
  readonly idHeader?: string;
}

/** A GET that a sender asks with, whether it may call. */
export interface GenericChallenge {
  /** `hub.challenge` is echoed if `hub.verify_token` is this, and `hub.topic` one of these. [WebSub 5.3; Meta "Verification Requests"] */
  readonly hub?: { readonly verifyToken?: SecretReference; readonly topics?: readonly string[] };
  /** `crc_token` is answered with its HMAC under the first secret. [X "Securing webhooks"] */
  readonly crc?: boolean;
}

/** What only `provider: generic` has: how it signs, and how a request becomes an event. */
export interface GenericWebhook {
  readonly signature?: GenericSignature;
  readonly challenge?: GenericChallenge;
  /** A request that is itself an event in a mode of the HTTP binding passes unchanged; another one is refused. */
  readonly cloudEvents?: boolean;
  /** Expressions: see docs/reference/webhooks.md. */
  readonly type?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly id?: string;
  readonly time?: string;
}

/** The name of a header. */
export const headerName: z.ZodType<string> = z.string().superRefine((text, context) => {
  if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(text))
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'write the name of a header, such as X-Signature' });
});

/** What stands before a value in a list: it cannot hold what parts the list. */
const prefix = z.string().superRefine((text, context) => {
  if (/[,; ]/.test(text))
    refuse(context, {
      found: `is ${quoted(text)}`,
      allowed:
        'the header is read as a list, parted by "," ";" and spaces: leave those out (v1,... is provider: standard-webhooks)',
    });
});

const signature: z.ZodType<GenericSignature> = z
  .strictObject({
    header: headerName,
    prefix: prefix.default(''),
    hash: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    content: signedContent.default('{body}'),
    timestampHeader: headerName.exactOptional(),
    timestampPrefix: prefix.exactOptional(),
    idHeader: headerName.exactOptional(),
  })
  .superRefine(({ content, timestampHeader, timestampPrefix, idHeader }, context) => {
    const signed = content.includes('{timestamp}');
    if (timestampHeader !== undefined && timestampPrefix !== undefined)
      refuse(context, {
        found: 'stands beside timestampHeader',
        allowed: 'write one of the two',
        at: ['timestampPrefix'],
      });
    else if (timestampPrefix === '')
      refuse(context, {
        found: 'is empty',
        allowed: 'write what stands before the timestamp: t=',
        at: ['timestampPrefix'],
      });
    else if (signed && timestampHeader === undefined && timestampPrefix === undefined)
      refuse(context, {
        found: 'signs {timestamp}',
        allowed: 'say where it stands: timestampHeader, or timestampPrefix',
        at: ['content'],
      });
    else if (!signed && (timestampHeader ?? timestampPrefix) !== undefined)
      refuse(context, {
        found: 'does not sign {timestamp}',
        allowed: 'a time that is not signed proves nothing: sign it, or leave timestampHeader and timestampPrefix out',
        at: ['content'],
      });
    if (content.includes('{id}') !== (idHeader !== undefined))
      refuse(context, {
        found: idHeader === undefined ? 'signs {id}' : 'does not sign {id}',
        allowed: 'write {id} and idHeader, or neither',
        at: ['content'],
      });
  });

const challenge: z.ZodType<GenericChallenge> = z.strictObject({
  hub: z
    .strictObject({
      verifyToken: secretReference.exactOptional(),
      topics: z.array(z.string().min(1)).min(1).exactOptional(),
    })
    .superRefine(({ verifyToken, topics }, context) => {
      if (!verifyToken && !topics)
        refuse(context, {
          found: 'has neither verifyToken nor topics',
          allowed: 'without one of them anybody could subscribe this address to anything: write one',
        });
    })
    .exactOptional(),
  crc: z.boolean().exactOptional(),
});

/** `spec.generic`, checked. */
export const genericWebhook: z.ZodType<GenericWebhook> = z
  .strictObject({
    signature: signature.exactOptional(),
    challenge: challenge.exactOptional(),
    cloudEvents: z.boolean().exactOptional(),
    type: expression.exactOptional(),
    source: expression.exactOptional(),
    subject: expression.exactOptional(),
    id: expression.exactOptional(),
    time: expression.exactOptional(),
  })
  .superRefine((value, context) => {
    if (value.cloudEvents !== true) return;
    for (const name of ['type', 'source', 'subject', 'id', 'time'] as const)
      if (value[name] !== undefined)
        refuse(context, {
          found: 'stands beside cloudEvents: true',
          allowed: 'the events pass unchanged then; leave it out',
          at: [name],
        });
  });
