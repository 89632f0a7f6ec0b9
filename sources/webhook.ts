import { type ErrorCode, RefusedError, UnavailableError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import type { Log } from '../events/log.ts';
import type { Refusal, WebhookRequest } from './source.ts';
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
  readonly webhook: (request: WebhookRequest) => readonly CloudEvent[] | Refusal;
  readonly emit: (event: CloudEvent) => Promise<void>;
  readonly tally: SourceTally;
  readonly log: Log;
  /** `<namespace>/<kind>/<name>`, for the log. */
  readonly key: string;
  readonly bodyBytesMax: number;
}

/**
 * Answers one request: 202 only after every event of it is accepted durably, and for what was understood but not wanted; 405, 413 and whatever the source refuses with; 503 with `Retry-After` while its sink
 * is unavailable (several events: some may be in, and come again with the same ids). Bodies are JSON: `{accepted}` or `{code, message}`. Rejects only for a bug.
 */
export async function answerWebhook(ports: WebhookPorts, request: WebhookRequest): Promise<WebhookAnswer> {
  const result = admitted(ports, request) ?? ports.webhook(request);
  if ('status' in result) return refused(ports, result);
  try {
    for (const event of result) {
      await ports.emit(event);
      ports.tally.emitted();
    }
  } catch (error) {
    if (error instanceof RefusedError)
      return refused(ports, {
        status: error.code === 'event-too-large' ? 413 : 400,
        code: error.code,
        message: error.message,
      });
    if (error instanceof UnavailableError)
      return refused(
        ports,
        { status: 503, code: error.code, message: error.message },
        error.retryAfterMs ?? RETRY_AFTER_MS,
      );
    ports.tally.failed(new Error('the event could not be passed on'));
    throw error;
  }
  if (result.length === 0) ports.tally.skipped(1);
  return {
    status: 202,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accepted: result.length }),
  };
}

function admitted(ports: WebhookPorts, request: WebhookRequest): Refusal | undefined {
  if (request.method !== 'POST')
    return { status: 405, code: 'method-not-allowed', message: `webhooks are sent with POST, not ${request.method}` };
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
  ports.log.warn('source.refused', { source: ports.key, status, code, error: message });
  const headers = {
    'content-type': 'application/json',
    ...(status === 405 ? { allow: 'POST' } : {}),
    ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
  };
  return { status, headers, body: JSON.stringify({ code, message } satisfies { code: ErrorCode; message: string }) };
}
