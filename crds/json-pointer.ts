import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { refuse } from './refusal.ts';

/** The steps of a JSON Pointer: none for the empty one, which is the whole value. Undefined if `text` is no pointer. [RFC 6901] */
export function pointerSteps(text: string): readonly string[] | undefined {
  if ((text !== '' && !text.startsWith('/')) || /~(?![01])/.test(text)) return undefined;
  return text
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A JSON Pointer, checked; it stays the text that it is. [RFC 6901] */
export const jsonPointer: z.ZodType<string> = z.string().superRefine((text, context) => {
  if (pointerSteps(text) !== undefined) return;
  refuse(context, {
    found: `is ${quoted(text)}`,
    allowed: 'write a JSON Pointer, such as /items; ~0 stands for ~ and ~1 for /',
  });
});
