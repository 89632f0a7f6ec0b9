import { type ErrorCode, RefusedError, UnavailableError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import type { RefusalLog } from './refusal-log.ts';
import type { Refusal, Reply, WebhookRequest, WebhookResult } from './source.ts';
import type { SourceTally } from './status.ts';

const RETRY_AFTER_MS = 5000;

/** What is sent back to the sender of a webhook. */
export interface WebhookAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How the webhook of one source is answered. */
export interface WebhookPorts {
  readonly webhook: (request: WebhookRequest, signal: AbortSignal) => WebhookResult | Promise<WebhookResult>;
  /** As in `SourceKind`. */
  readonly methods: readonly string[];
  /** Aborted when the source is stopped. */
  readonly signal: AbortSignal;
  /** Answers what was accepted: the events, or dead letters in their place. */
  readonly emit: (events: readonly CloudEvent[]) => Promise<readonly CloudEvent[]>;
  readonly tally: SourceTally;
  readonly refusals: RefusalLog;
  readonly bodyBytesMax: number;
}

/**
 * Answers one request: 202 only after every event of it is accepted durably, as one append, and for what was understood but not wanted; 405, 413 and whatever the source refuses with; 503 with `Retry-After` while
 * its sink, or whom it must ask, is unavailable (what is in comes again with the same ids). Bodies are JSON, `{accepted}` or `{code, message}`, unless the source has an answer of its own. Rejects only for a bug.
 */
export async function answerWebhook(ports: WebhookPorts, request: WebhookRequest): Promise<WebhookAnswer> {
  let result: WebhookResult;
  try {
    if (request.unread) throw request.unread;
    result = admitted(ports, request) ?? (await ports.webhook(request, ports.signal));
    if ('code' in result) return refused(ports, result);
    await accepted(ports, eventsOf(result));
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal) return refused(ports, refusal, retryAfterMs(error));
    ports.tally.failed(new Error('the request could not be answered'));
    throw error;
  }
  if ('answer' in result) return result.answer;
  return {
    status: 202,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accepted: result.length }),
  };
}

function eventsOf(result: readonly CloudEvent[] | Reply): readonly CloudEvent[] {
  return 'answer' in result ? result.events : result;
}

async function accepted(ports: WebhookPorts, events: readonly CloudEvent[]): Promise<void> {
  if (events.length === 0) ports.tally.told({ skipped: 1 });
  else ports.tally.emitted(await ports.emit(events));
}

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof UnavailableError) return { status: 503, code: error.code, message: error.message };
  if (!(error instanceof RefusedError)) return undefined;
  return { status: error.code === 'event-too-large' ? 413 : 400, code: error.code, message: error.message };
}

function retryAfterMs(error: unknown): number | undefined {
  return error instanceof UnavailableError ? (error.retryAfterMs ?? RETRY_AFTER_MS) : undefined;
}

function admitted(ports: WebhookPorts, request: WebhookRequest): Refusal | undefined {
  if (!ports.methods.includes(request.method))
    return {
      status: 405,
      code: 'method-not-allowed',
      message: `webhooks are sent with ${ports.methods.join(' or ')}, not ${request.method}`,
    };
  if (request.body.byteLength > ports.bodyBytesMax) {
    return {
      status: 413,
      code: 'event-too-large',
      message: `the body is larger than the ${ports.bodyBytesMax} bytes that are allowed; choose fewer event types or raise the limit`,
    };
  }
  return undefined;
}

function refused(ports: WebhookPorts, refusal: Refusal, retryAfterMs?: number): WebhookAnswer {
  const { status, code } = refusal;
  const { message } = ports.tally.failed(
    status === 503 ? new UnavailableError(code, refusal.message) : new RefusedError(code, refusal.message),
  );
  ports.refusals.refused({ status, code, message });
  const headers = {
    'content-type': 'application/json',
    ...(status === 405 ? { allow: ports.methods.join(', ') } : {}),
    ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...refusal.headers,
  };
  return { status, headers, body: JSON.stringify({ code, message } satisfies { code: ErrorCode; message: string }) };
}
