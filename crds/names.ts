import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { refuse } from './refusal.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const NAME_LENGTH_MAX = 253;
const LABEL_LENGTH_MAX = 63;

/** Whether `text` is a DNS-1123 label: what a namespace is called. [Kubernetes names] */
export function isLabel(text: string): boolean {
  return text.length <= LABEL_LENGTH_MAX && LABEL.test(text);
}

/** Whether `text` is a DNS-1123 subdomain: what an object is called. [Kubernetes names] */
export function isName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && text.split('.').every((part) => LABEL.test(part));
}

/** The name of an object: a DNS-1123 subdomain. [Kubernetes names] */
export const objectName: z.ZodType<string> = z.string().superRefine((text, context) => {
  if (isName(text)) return;
  refuse(context, {
    found: text === '' ? 'is empty' : `is ${quoted(text)}`,
    allowed: `write at most ${NAME_LENGTH_MAX} lower-case letters, digits, "-" and ".", beginning and ending with a letter or digit`,
  });
});

/** The name of a namespace: a DNS-1123 label. [Kubernetes names] */
export const namespaceName: z.ZodType<string> = z.string().superRefine((text, context) => {
  if (isLabel(text)) return;
  refuse(context, {
    found: text === '' ? 'is empty' : `is ${quoted(text)}`,
    allowed: `write at most ${LABEL_LENGTH_MAX} lower-case letters, digits and "-", beginning and ending with a letter or digit`,
  });
});

/** Any text that is not empty. */
export const filledText: z.ZodType<string> = z.string().superRefine((text, context) => {
  if (text === '') refuse(context, { found: 'is empty', allowed: 'give it a value' });
});
