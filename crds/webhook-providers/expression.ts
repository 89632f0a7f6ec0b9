import { z } from 'zod';
import { quoted } from '../../events/errors.ts';
import { refuse } from '../refusal.ts';

/** Where a value is read: the JSON body by the steps of a JSON Pointer, a header, a parameter of the query, a field of a form; the body's hash; or text that is written there. */
export type Term =
  | { readonly kind: 'body'; readonly steps: readonly string[] }
  | { readonly kind: 'header' | 'query' | 'form'; readonly name: string }
  | { readonly kind: 'sha256' }
  | { readonly kind: 'text'; readonly text: string };

/** An expression: its pieces are joined. A piece is the first of its terms that has a value; if none has, neither has the expression. */
export type Expression = readonly (readonly Term[])[];

/** What is wrong with an expression, and at which character (1 = the first). */
export interface Fault {
  readonly at: number;
  readonly what: string;
}

/**
 * Reads an expression: text, with values in braces. `com.acme.{body:/type}`, `{header:X-Id|body:/id|sha256}`, `{query:kind|"none"}`. A backslash before any character takes its meaning away. Terms are
 * `body:` and a JSON Pointer, `header:`, `query:` and `form:` with a name, `sha256` (of the body, hex), and `"text"`. [RFC 6901 for the pointer]
 */
export function parseExpression(text: string): Expression | Fault {
  const pieces: (readonly Term[])[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '}') return { at: at + 1, what: 'a } without its {; write \\} for the character' };
    if (character !== '{') {
      if (character === '\\') at += 1;
      if (at >= text.length) return { at, what: 'a backslash at the end; write \\\\ for the character' };
      literal += text.charAt(at);
      at += 1;
      continue;
    }
    const placeholder = readTerms(text, at + 1);
    if ('what' in placeholder) return placeholder;
    if (literal !== '') pieces.push([{ kind: 'text', text: literal }]);
    literal = '';
    pieces.push(placeholder.terms);
    at = placeholder.end;
  }
  if (literal !== '') pieces.push([{ kind: 'text', text: literal }]);
  return pieces.length === 0
    ? { at: 1, what: 'nothing; write text, or a value in braces such as {body:/type}' }
    : pieces;
}

/** An expression, checked; it stays the text that it is. */
export const expression: z.ZodType<string> = z.string().superRefine((text, context) => {
  const parsed = parseExpression(text);
  if ('what' in parsed)
    refuse(context, { found: `is ${quoted(text)}`, allowed: `at character ${parsed.at}: ${parsed.what}` });
});

/** The terms from after a `{`, up to its `}`. */
function readTerms(text: string, from: number): { readonly terms: readonly Term[]; readonly end: number } | Fault {
  const terms: Term[] = [];
  let raw = '';
  let begin = from;
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '|' || character === '}') {
      const term = termOf(raw);
      if (typeof term === 'string') return { at: begin + 1, what: term };
      terms.push(term);
      if (character === '}') return { terms, end: at + 1 };
      raw = '';
      begin = at + 1;
    } else if (character === '{') return { at: at + 1, what: 'a { inside of braces; write \\{ for the character' };
    else {
      if (character === '\\') at += 1;
      raw += text.charAt(at);
    }
  }
  return { at: from, what: 'a { without its }; write \\{ for the character' };
}

const NAMED = /^(header|query|form):([\s\S]+)$/;

/** A term, or what is wrong with it. */
function termOf(raw: string): Term | string {
  if (raw === 'sha256') return { kind: 'sha256' };
  if (raw.length >= 2 && raw.startsWith('"') && raw.endsWith('"')) return { kind: 'text', text: raw.slice(1, -1) };
  if (raw.startsWith('body:')) return pointer(raw.slice('body:'.length));
  const [, kind, name] = NAMED.exec(raw) ?? [];
  if (kind === 'header' && name !== undefined && /^[\w!#$%&'*+.^`~|-]+$/.test(name))
    return { kind, name: name.toLowerCase() };
  if ((kind === 'query' || kind === 'form') && name !== undefined) return { kind, name };
  return `${quoted(raw)} is no value; write body:/pointer, header:Name, query:name, form:name, sha256 or "text"`;
}

function pointer(text: string): Term | string {
  if (text !== '' && !text.startsWith('/')) return `${quoted(text)} is no JSON Pointer; it begins with /`;
  if (/~(?![01])/.test(text)) return `${quoted(text)} is no JSON Pointer; write ~0 for ~ and ~1 for /`;
  const steps = text
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { kind: 'body', steps };
}
