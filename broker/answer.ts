import type { ServerResponse } from 'node:http';
import { RefusedError, UnavailableError, type ErrorCode } from '../events/errors.ts';

/** What the event route and the admin API answer when they do not do what was asked. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  /** The attribute that is wrong, or where in the input it is. */
  readonly attribute?: string;
  readonly retryAfterMs?: number;
}

/** 400 unless it is here. [HTTP Semantics 15.5, 15.6] */
const STATUS: Partial<Record<ErrorCode, number>> = {
  'content-type-unsupported': 415,
  'event-too-large': 413,
  'batch-too-large': 413,
  'broker-unknown': 404,
  'not-found': 404,
  'subscription-unknown': 404,
  'dead-letter-unknown': 404,
  'method-not-allowed': 405,
  'headers-too-large': 431,
  unauthorized: 401,
  'signature-missing': 401,
  'signature-invalid': 401,
  forbidden: 403,
};

/** Of what may succeed later, 503 unless it is here. [RFC 6585 4] */
const UNAVAILABLE_STATUS: Partial<Record<ErrorCode, number>> = { 'too-many-requests': 429 };

/** What a later try may wait for when nobody knows better. */
const RETRY_AFTER_MS = 1000;

/** The answer to an error, or undefined if it is nobody's to know: a bug. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof RefusedError) {
    const { code, message, path } = error;
    return { status: STATUS[code] ?? 400, code, message, ...(path === undefined ? {} : { attribute: path }) };
  }
  if (error instanceof UnavailableError) {
    return {
      status: UNAVAILABLE_STATUS[error.code] ?? 503,
      code: error.code,
      message: error.message,
      retryAfterMs: error.retryAfterMs ?? RETRY_AFTER_MS,
    };
  }
  return undefined;
}

/** The body of a refusal: `{code, message, attribute?}`. */
export function refusalBody(refusal: Refusal): Buffer {
  const { code, message, attribute } = refusal;
  return Buffer.from(`${JSON.stringify({ code, message, ...(attribute === undefined ? {} : { attribute }) })}\n`);
}

/** Headers of a refusal, flat; `more` comes first. */
export function refusalHeaders(refusal: Refusal, bodyBytes: number, more: readonly string[]): string[] {
  const headers = [...more, 'Content-Type', 'application/json', 'Content-Length', String(bodyBytes)];
  if (refusal.retryAfterMs !== undefined)
    headers.push('Retry-After', String(Math.max(1, Math.ceil(refusal.retryAfterMs / 1000))));
  return headers;
}

/** Answers and ends. Does nothing when an answer was begun or the client is gone. */
export function refuse(response: ServerResponse, refusal: Refusal, headers: readonly string[]): void {
  if (response.headersSent || response.destroyed) return;
  const body = refusalBody(refusal);
  response.writeHead(refusal.status, refusalHeaders(refusal, body.length, headers));
  response.end(body);
}
