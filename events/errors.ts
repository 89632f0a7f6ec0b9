/**
 * Every code Weir can answer with: a closed list, tied to docs/errors.md both ways by a test. A code is never given another meaning; one that is no longer
 * used stays listed, as retired.
 */
export const ERROR_CODES = [
  // An event that is wrong (400 unless the page says otherwise).
  'not-an-event',
  'attribute-missing',
  'attribute-invalid',
  'attribute-duplicate',
  'specversion-unsupported',
  'json-invalid',
  'data-invalid',
  'batch-invalid',
  'batch-too-large',
  'hops-exhausted',
  'content-type-unsupported',
  'event-too-large',
  // A request that is wrong.
  'http-invalid',
  'path-invalid',
  'broker-unknown',
  'method-not-allowed',
  'headers-too-large',
  'unauthorized',
  'forbidden',
  'not-found',
  'query-invalid',
  // Later may help.
  'broker-not-ready',
  'overloaded',
  'too-many-requests',
  'channel-full',
  'channel-unavailable',
  'shutting-down',
  // A webhook that is refused.
  'signature-missing',
  'signature-invalid',
  'webhook-invalid',
  // A webhook that cannot be registered at its sender.
  'registration-failed',
  // A server that a source reads from.
  'source-unavailable',
  // A server that a sink writes to.
  'sink-unavailable',
  // A resource that is refused.
  'yaml-invalid',
  'resource-invalid',
  'resource-duplicate',
  'resource-immutable',
  'resource-unsupported',
  'reference-unresolved',
  'secret-missing',
  'secret-ambiguous',
  'folder-unreadable',
  // The channel and its folder.
  'channel-closed',
  'subscription-unknown',
  'start-unavailable',
  'order-unsupported',
  'dead-letter-unknown',
  'data-folder-in-use',
  'data-folder-newer',
  'data-folder-damaged',
  'disk-failed',
  // The process and its command line.
  'internal',
  'port-in-use',
  'usage',
  'not-running',
] as const;

/** One of the closed list. */
export type ErrorCode = (typeof ERROR_CODES)[number];

interface ErrorFacts {
  /** What in the input is wrong: `spec.filters[1].exact.type`, an attribute's name, a file. */
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

/** The input is wrong: repeating it will not help. The message says where, what and what to do, in one line without secrets. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.path = facts.path;
  }
}

/** It cannot be done now: later may help, not before `retryAfterMs` where that is known. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly retryAfterMs: number | undefined;
  constructor(code: ErrorCode, message: string, facts: ErrorFacts & { readonly retryAfterMs?: number } = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.path = facts.path;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** A bad value as error texts quote it: JSON-quoted, cut to 60 characters, control characters escaped. Never throws, whatever the value. */
export function quoted(value: unknown): string {
  const text = spelled(value).replaceAll(NOT_SHOWN, escaped);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

// What JSON leaves as it is, and a terminal or a reader of lines does not.
const NOT_SHOWN = /[\u007F-\u009F\u2028\u2029]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function spelled(value: unknown): string {
  if (value === undefined || typeof value === 'bigint') return String(value);
  if (typeof value === 'symbol') return JSON.stringify(String(value));
  try {
    return JSON.stringify(value) ?? `[${typeof value}]`;
  } catch {
    // A circle, a BigInt inside, a getter or toJSON that throws: its type must do.
    return `[${typeof value}]`;
  }
}
