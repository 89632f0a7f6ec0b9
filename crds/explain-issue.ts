import type { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { knownFields } from './fields.ts';
import { field } from './foreign.ts';
import type { Kind } from './kinds.ts';
import { near } from './near.ts';
import { pathText, type Refusal } from './refusal.ts';

type Issue = z.core.$ZodIssue;
type Steps = readonly (string | number)[];

const WANTED: Readonly<Record<string, string>> = {
  string: 'write text',
  number: 'write a number',
  int: 'write a whole number',
  boolean: 'write true or false',
  array: 'write a list',
  object: 'write an object with fields',
  record: 'write an object with fields',
};

/** What zod found wrong with `document`, in Weir's words. One issue may be several refusals: one for each unknown field. */
export function refusalsOf(issue: Issue, document: unknown, kind: Kind): readonly Refusal[] {
  const steps = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(kind, steps, key));
  const fields = issue.code === 'invalid_type' && issue.expected === 'object' ? knownFields(kind, steps) : [];
  // Where a reference to a Secret belongs, people write the secret itself.
  const confidential = kind.confidential || fields.includes('secretKeyRef');
  const { found, allowed } = explained(issue, valueAt(document, steps), confidential);
  const which = fields.length === 0 ? '' : `: ${fields.join(', ')}`;
  return [{ path: pathText(steps), steps, found, allowed: `${allowed}${which}` }];
}

function unknownField(kind: Kind, steps: Steps, key: string): Refusal {
  const known = knownFields(kind, steps);
  const suggestion = near(key, known);
  return {
    path: pathText([...steps, key]),
    steps: [...steps, key],
    found: 'is no known field',
    allowed: known.length === 0 ? 'leave it out' : `known here: ${known.join(', ')}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function explained(issue: Issue, value: unknown, confidential: boolean): { found: string; allowed: string } {
  const found = foundAt(value, confidential);
  switch (issue.code) {
    case 'custom': {
      return { found: text(issue.params, 'found') ?? found, allowed: text(issue.params, 'allowed') ?? issue.message };
    }
    case 'invalid_type': {
      const quote = issue.expected === 'string' && typeof value === 'number' && !confidential;
      const wanted = WANTED[issue.expected] ?? `write a value of type ${issue.expected}`;
      return { found, allowed: quote ? `${wanted}: ${quoted(String(value))}` : wanted };
    }
    case 'invalid_value':
      return { found, allowed: `write ${issue.values.map(String).join(' or ')}` };
    case 'too_small':
      return { found, allowed: `write at least ${issue.minimum}` };
    case 'too_big':
      return { found, allowed: `write at most ${issue.maximum}` };
    default:
      return { found, allowed: issue.message };
  }
}

function text(params: unknown, name: string): string | undefined {
  const value = field(params, name);
  return typeof value === 'string' ? value : undefined;
}

function foundAt(value: unknown, confidential: boolean): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'object') return 'is an object';
  if (confidential) return typeof value === 'string' ? 'is text' : `is a ${typeof value}`;
  return `is ${quoted(value)}`;
}

function valueAt(document: unknown, steps: Steps): unknown {
  return steps.reduce<unknown>((here, step) => field(here, String(step)), document);
}
