import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { filledText, namespaceName, objectName } from './names.ts';
import { refuse } from './refusal.ts';

/** A reference to an object that has an address. Without `namespace`, in that of the object that holds it. [Knative KReference] */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** Which of the object's `status.addresses` is meant, by its name. */
  readonly address?: string;
}

/** Where events are sent: `ref`, `uri` (absolute), or both (`uri` relative to the address of `ref`). [Knative Destination] */
export interface Destination {
  readonly ref?: Reference;
  readonly uri?: string;
  /** Certificates the other side is checked against, PEM. */
  readonly CACerts?: string;
  /** Accepted, but not served: what holds it is not Ready. */
  readonly audience?: string;
}

/** A KReference, checked. */
export const reference: z.ZodType<Reference> = z.strictObject({
  apiVersion: filledText,
  kind: filledText,
  name: objectName,
  namespace: namespaceName.exactOptional(),
  address: filledText.exactOptional(),
});

/** A Destination, checked. */
export const destination: z.ZodType<Destination> = z
  .strictObject({
    ref: reference.exactOptional(),
    uri: z.string().exactOptional(),
    CACerts: z.string().exactOptional(),
    audience: filledText.exactOptional(),
  })
  .superRefine((value, context) => {
    // An unknown field was refused already: it is what was meant.
    if (!value.ref && value.uri === undefined && context.issues.length === 0)
      refuse(context, { found: 'names no address', allowed: 'give it a ref, a uri, or both' });
    if (value.uri !== undefined) checkUri(value.uri, value.ref !== undefined, context);
    if (value.CACerts !== undefined && !value.CACerts.includes('-----BEGIN CERTIFICATE-----'))
      refuse(context, {
        found: 'holds no certificate',
        allowed: 'write one or more certificates in PEM form',
        at: ['CACerts'],
      });
  });

// What is wrong with a URI is said without quoting one that holds a password.
function checkUri(uri: string, relative: boolean, context: z.RefinementCtx): void {
  const at = ['uri'];
  const url = parsed(uri, relative);
  if (uri === '') refuse(context, { found: 'is empty', allowed: 'write an absolute http or https URL', at });
  else if (!url && relative)
    refuse(context, {
      found: `is ${quoted(uri)}`,
      allowed: 'write a URI reference, relative to the address of ref',
      at,
    });
  else if (!url || !/^https?:$/.test(url.protocol))
    refuse(context, { found: `is ${quoted(withoutUser(uri))}`, allowed: 'write an absolute http or https URL', at });
  else if (url.username !== '' || url.password !== '')
    refuse(context, {
      found: 'holds a user or a password, which status and logs would show',
      allowed: 'leave it out',
      at,
    });
}

function parsed(uri: string, relative: boolean): URL | undefined {
  return URL.parse(uri, relative ? 'http://relative.invalid/' : undefined) ?? undefined;
}

function withoutUser(uri: string): string {
  return uri.replace(/\/\/[^/]*@/, '//');
}
