import { createHash } from 'node:crypto';
import { type Expression, parseExpression, type Term } from '../../crds/webhook-providers/expression.ts';
import { formField } from '../form-field.ts';
import { isObject } from '../member.ts';
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
    json ??= { value: exactJson(request.body) };
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
        return bytes === undefined ? undefined : utf8(bytes);
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

/** The value of a JSON body; a number that a double cannot hold exactly is the text that it was written as: two ids must not become one. */
function exactJson(body: Uint8Array): unknown {
  const text = utf8(body);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text, (_name, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) ? context?.source : value,
    );
  } catch {
    return undefined;
  }
}

/** Undefined where the bytes are no UTF-8: replaced, different ones would look alike. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
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
