import { z } from 'zod';
import { quoted } from '../../events/errors.ts';
import { refuse } from '../refusal.ts';

/** What may be signed beside literal text. */
export type SignedPart = 'body' | 'timestamp' | 'id';

/** The pieces of `{timestamp}.{body}`, in order; undefined where a brace is no part's. */
export function signedParts(text: string): readonly (SignedPart | { readonly text: string })[] | undefined {
  const parts: (SignedPart | { readonly text: string })[] = [];
  for (const piece of text.split(/(\{[^{}]*\})/)) {
    if (piece === '{body}') parts.push('body');
    else if (piece === '{timestamp}') parts.push('timestamp');
    else if (piece === '{id}') parts.push('id');
    else if (/[{}]/.test(piece)) return undefined;
    else if (piece !== '') parts.push({ text: piece });
  }
  return parts;
}

/** What an HMAC is made over, checked: `{body}` must be in it, once. */
export const signedContent: z.ZodType<string> = z.string().superRefine((text, context) => {
  const parts = signedParts(text);
  if (!parts)
    refuse(context, {
      found: `is ${quoted(text)}`,
      allowed: 'braces stand around body, timestamp or id alone: {timestamp}.{body}',
    });
  else if (parts.filter((part) => part === 'body').length !== 1)
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'what is signed must hold {body} once' });
});
