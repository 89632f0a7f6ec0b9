import { onlyHeader } from '../headers.ts';
import type { Refusal, WebhookRequest } from '../source.ts';

/** 401: nothing says who sent it. */
export function unsigned(message: string): Refusal {
  return { status: 401, code: 'signature-missing', message };
}

/** 401: what says who sent it does not hold. */
export function forged(message: string): Refusal {
  return { status: 401, code: 'signature-invalid', message };
}

/** 400: genuine, but not what this provider sends. */
export function unreadable(message: string): Refusal {
  return { status: 400, code: 'webhook-invalid', message };
}

/** 405, with the methods that are taken. */
export function notAllowed(message: string, allow: readonly string[]): Refusal {
  return { status: 405, code: 'method-not-allowed', message, headers: { allow: allow.join(', ') } };
}

/**
 * The value of a header that decides whether a request is genuine: 401 if it is missing, empty or comes twice. `name` is written as its sender writes it; `todo` says what to do if it is missing.
 */
export function provingHeader(
  request: WebhookRequest,
  name: string,
  todo: string,
): { readonly value: string } | Refusal {
  const header = onlyHeader(request.rawHeaders, name.toLowerCase());
  if (header === 'several') return forged(`${name} comes more than once; it must come once`);
  return header === undefined || header.value === '' ? unsigned(`${name} is missing; ${todo}`) : header;
}

/** The value of a header that tells something of a genuine request: 400 if it is missing, empty or comes twice. */
export function tellingHeader(request: WebhookRequest, name: string): { readonly value: string } | Refusal {
  const header = onlyHeader(request.rawHeaders, name.toLowerCase());
  if (header !== undefined && header !== 'several' && header.value !== '') return header;
  return unreadable(`${name} must come once and not be empty, as the sender sends it`);
}

/** The value of a header that need not be there; undefined if it is missing, empty or comes twice. */
export function optionalHeader(request: WebhookRequest, name: string): string | undefined {
  const header = onlyHeader(request.rawHeaders, name.toLowerCase());
  return header === undefined || header === 'several' || header.value === '' ? undefined : header.value;
}
