import { createHash } from 'node:crypto';
import { type Expression, parseExpression, type Term } from '../../crds/webhook-providers/expression.ts';
import { formField } from '../form-field.ts';
import { isObject, parsedJson } from '../member.ts';
import type { WebhookRequest } from '../source.ts';
import { queryValues } from './authentication.ts';
import { optionalHeader } from './refusals.ts';

/** The value of an expression for one request: text that is not empty, undefined if one of its pieces has no value. */
export type Evaluate = (text: string) => string | undefined;

/**
 * Reads expressions for one request; the body is parsed at most once, and only if asked for. Of JSON, text, numbers, booleans count as values; objects, lists and null do not. A header or parameter that comes
 * twice has no value: nothing says which one is meant.
 */
export function evaluator(request: WebhookRequest): Evaluate {
  let json: { readonly value: unknown } | undefined;
  const body = (): unknown => {
    json ??= { value: parsedJson(new TextDecoder().decode(request.body)) };
    return json.value;
  };
  const valueOf = (term: Term): string | undefined => {
    switch (term.kind) {
      case 'body':
        return scalar(term.steps.reduce(stepInto, body()));
      case 'header':
        return optionalHeader(request, term.name);
      case 'query':
        return only(queryValues(request.target, term.name));
      case 'form': {
        const bytes = formField(request.body, term.name);
        return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
      }
      case 'sha256':
        return createHash('sha256').update(request.body).digest('hex');
      case 'text':
        return term.text;
      default:
        return term satisfies never;
    }
  };
  return (text) => {
    const pieces = parsed(text).map((terms) => terms.map(valueOf).find((value) => value !== undefined && value !== ''));
    return pieces.includes(undefined) ? undefined : pieces.join('');
  };
}

/** An expression that the schema has let pass. */
function parsed(text: string): Expression {
  const expression = parseExpression(text);
  return 'what' in expression ? [[]] : expression;
}

/** One step of a JSON Pointer. Own members alone; an index is written without zeros in front. [RFC 6901 4] */
function stepInto(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9]\d{0,8})$/.test(step) ? value[Number(step)] : undefined;
  return isObject(value) ? Object.getOwnPropertyDescriptor(value, step)?.value : undefined;
}

function scalar(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function only(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined;
}
