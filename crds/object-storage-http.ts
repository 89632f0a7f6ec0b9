import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { filledText } from './names.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';

/** Whose notifications a source understands. */
export const OBJECT_STORAGE_PROVIDERS = ['s3', 'minio', 'ceph', 'gcs', 'azure', 'oss'] as const;

/** One of them. */
export type ObjectStorageProvider = (typeof OBJECT_STORAGE_PROVIDERS)[number];

/** Whose tokens are taken, and for whom they are. [OpenID Connect Core 2] */
export interface OidcRule {
  readonly audience: string;
  /** gcs: the service account that the push subscription authenticates as. */
  readonly serviceAccountEmail?: string;
  /** azure: the application that the tokens are issued to; undefined: that of Event Grid. */
  readonly appId?: string;
  /** undefined for gcs: Google's. */
  readonly issuer?: string;
  /** undefined for gcs: Google's. */
  readonly jwksUrl?: string;
}

/** How notifications that are pushed over HTTP are proven genuine. */
export interface ObjectStorageHttp {
  /** Anybody who finds the address can send: never by omission. */
  readonly authentication?: 'none';
  /** A token that the sender shows in `Authorization` (as it is if it has a scheme, else `Bearer`), in `authHeader`, or, where the sender can set no header, as `access_token` in the query of the address. */
  readonly authToken?: SecretReference;
  /** Taken as well, while the token is replaced. */
  readonly previousAuthTokens?: readonly SecretReference[];
  /** A header of the sender's own that holds the token as it is. */
  readonly authHeader?: string;
  /** User and password of HTTP Basic. */
  readonly basic?: { readonly username: string; readonly password: SecretReference };
  /** s3: the SNS topics that may send. */
  readonly topicArns?: readonly string[];
  /** oss: the MNS topics that may send, as `<account>/<topic>`. */
  readonly mnsTopics?: readonly string[];
  readonly oidc?: OidcRule;
  /** azure: whom the handshake of CloudEvents is granted to. [CloudEvents HTTP webhook 4] */
  readonly allowedOrigins?: readonly string[];
}

/** Which ways of proof a provider has. */
const PROOFS: Readonly<Record<ObjectStorageProvider, readonly (keyof ObjectStorageHttp)[]>> = {
  s3: ['topicArns', 'authToken', 'basic'],
  minio: ['authToken'],
  ceph: ['authToken', 'basic'],
  gcs: ['oidc'],
  azure: ['authToken', 'oidc'],
  oss: ['mnsTopics', 'authToken'],
};

const headerName = z.string().superRefine((text, context) => {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(text))
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'write the name of a header, such as X-Api-Key' });
});

const httpUrl = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    refuse(context, {
      found: 'is no such URL',
      allowed: 'write an absolute http or https URL without user and password',
    });
});

const topicArn = z.string().superRefine((text, context) => {
  if (!/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+$/.test(text))
    refuse(context, {
      found: `is ${quoted(text)}`,
      allowed: 'write the ARN of a topic such as arn:aws:sns:eu-central-1:123456789012:photos',
    });
});

const mnsTopic = z.string().superRefine((text, context) => {
  if (!/^\d+\/[\w-]+$/.test(text))
    refuse(context, {
      found: `is ${quoted(text)}`,
      allowed: 'write <account>/<topic> such as 1234567890123456/oss-photos',
    });
});

const oidc = z.strictObject({
  audience: filledText,
  serviceAccountEmail: filledText.exactOptional(),
  appId: filledText.exactOptional(),
  issuer: filledText.exactOptional(),
  jwksUrl: httpUrl.exactOptional(),
});

/** What `http` may hold, before it is known whose notifications they are; see `checkHttp`. */
export const objectStorageHttp: z.ZodType<ObjectStorageHttp> = z.strictObject({
  authentication: z.literal('none').exactOptional(),
  authToken: secretReference.exactOptional(),
  previousAuthTokens: filledList(secretReference).exactOptional(),
  authHeader: headerName.exactOptional(),
  basic: z.strictObject({ username: filledText, password: secretReference }).exactOptional(),
  topicArns: filledList(topicArn).exactOptional(),
  mnsTopics: filledList(mnsTopic).exactOptional(),
  oidc: oidc.exactOptional(),
  allowedOrigins: filledList(filledText).exactOptional(),
});

/** Refuses what this provider does not have, and a way in that proves nothing without saying so. */
export function checkHttp(provider: ObjectStorageProvider, http: ObjectStorageHttp, context: z.RefinementCtx): void {
  const proofs = PROOFS[provider];
  const given = proofs.filter((name) => http[name] !== undefined);
  const known = ['authentication', ...proofs, ...additions(provider)];
  for (const name of Object.keys(http))
    if (!known.includes(name))
      refuse(context, {
        found: `is no field for provider ${provider}`,
        allowed: `known here: ${known.join(', ')}`,
        at: ['http', name],
      });
  if (http.authentication === undefined && given.length === 0)
    refuse(context, {
      found: 'proves nothing',
      allowed: `anybody could forge notifications: give ${proofs.join(' or ')}, or say authentication: none`,
      at: ['http'],
    });
  if (http.authentication !== undefined && given.length > 0)
    refuse(context, {
      found: `stands beside ${given.join(' and ')}`,
      allowed: 'leave it out: what is given is required',
      at: ['http', 'authentication'],
    });
  for (const name of ['previousAuthTokens', 'authHeader'] as const)
    if (http[name] !== undefined && http.authToken === undefined)
      refuse(context, { found: 'stands without authToken', allowed: 'give authToken as well', at: ['http', name] });
  if (http.oidc) checkOidc(provider, http.oidc, context);
}

function checkOidc(provider: ObjectStorageProvider, rule: OidcRule, context: z.RefinementCtx): void {
  // A token for this audience may be had by every service account of the world: who it is must be known.
  const needed = provider === 'gcs' ? (['serviceAccountEmail'] as const) : (['issuer', 'jwksUrl'] as const);
  const foreign = provider === 'gcs' ? 'appId' : 'serviceAccountEmail';
  for (const name of needed)
    if (rule[name] === undefined)
      refuse(context, { found: 'is missing', allowed: `provider ${provider} needs it`, at: ['http', 'oidc', name] });
  if (rule[foreign] !== undefined)
    refuse(context, {
      found: `is no field for provider ${provider}`,
      allowed: 'leave it out',
      at: ['http', 'oidc', foreign],
    });
}

function additions(provider: ObjectStorageProvider): readonly (keyof ObjectStorageHttp)[] {
  const token = PROOFS[provider].includes('authToken') ? (['previousAuthTokens'] as const) : [];
  const header = ['s3', 'azure', 'oss'].includes(provider) ? (['authHeader'] as const) : [];
  return [...token, ...header, ...(provider === 'azure' ? (['allowedOrigins'] as const) : [])];
}

function filledList<T>(item: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.array(item).superRefine((items, context) => {
    if (items.length === 0) refuse(context, { found: 'is empty', allowed: 'name at least one, or leave it out' });
  });
}
