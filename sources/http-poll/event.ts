import { type HttpPollSourceSpec, HTTP_POLL_TYPES, httpPollUri } from '../../crds/http-poll-source.ts';
import { pointerSteps } from '../../crds/json-pointer.ts';
import { RefusedError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { deadLetter } from '../dead-letter.ts';
import type { PolledAnswer } from './request.ts';
import { rawAt, rawElements } from '../raw-json.ts';
import type { WebhookRequest } from '../source.ts';
import { type Evaluate, evaluator } from '../webhooks/expression.ts';
import { hashId } from '../webhooks/body-hash.ts';
import { payloadTime } from '../webhooks/payload.ts';
import { contentTypeOf, webhookEvent } from '../webhooks/webhook-event.ts';

/** Whose events they are. */
export interface Polled {
  readonly namespace: string;
  readonly name: string;
  readonly spec: HttpPollSourceSpec;
  readonly answer: PolledAnswer;
  /** When it arrived. */
  readonly atMs: number;
}

/** One item of an answer, and what it becomes. */
export interface PolledItem {
  /** That of the item: what has been seen is not emitted again. */
  readonly id: string;
  readonly event: CloudEvent;
}

/**
 * The items of an answer, in their order, each with its own bytes as data. What cannot become an event is a dead letter: an item without the id or type that was asked for, an answer that is not JSON or has no such
 * list. Pure.
 */
export function polledItems(polled: Polled): readonly PolledItem[] {
  const { spec, answer } = polled;
  const elements = rawElements(rawAt(answer.body, pointerSteps(spec.items ?? '') ?? []) ?? new Uint8Array());
  if (!elements)
    return [letter(polled, answer.body, `the answer is not JSON with a list at ${JSON.stringify(spec.items)}`)];
  return elements.map((data) => {
    const request = requestOf(polled, data);
    const evaluate = evaluator(request);
    const id = spec.id === undefined ? hashId(data) : evaluate(spec.id);
    if (id === undefined) return letter(polled, data, 'spec.id reads nothing in this item');
    const event = eventOf(polled, { id, request, evaluate, type: HTTP_POLL_TYPES.item });
    return typeof event === 'string' ? letter(polled, data, event) : { id, event };
  });
}

/** The event of an answer that is one as a whole. Pure. */
export function polledDocument(polled: Polled, id: string): CloudEvent {
  const { body: data } = polled.answer;
  const request = requestOf(polled, data);
  const event = eventOf(polled, { id, request, evaluate: evaluator(request), type: HTTP_POLL_TYPES.document });
  return typeof event === 'string' ? letter(polled, data, event).event : event;
}

interface Part {
  readonly id: string;
  /** Its bytes, as expressions read them. */
  readonly request: WebhookRequest;
  readonly evaluate: Evaluate;
  readonly type: string;
}

/** Or why it cannot be one. */
function eventOf(polled: Polled, { id, request, evaluate, type: usual }: Part): CloudEvent | string {
  const { spec } = polled;
  const of = (text: string | undefined): string | undefined => (text === undefined ? undefined : evaluate(text));
  const type = spec.type === undefined ? usual : evaluate(spec.type);
  if (type === undefined) return 'spec.type reads nothing in this item';
  try {
    return webhookEvent(request, {
      id,
      type,
      source: of(spec.source) ?? httpPollUri(spec),
      subject: of(spec.subject),
      time: timeOf(of(spec.time)),
      ...(spec.items === undefined ? {} : { contentType: 'application/json' }),
    });
  } catch (error) {
    if (error instanceof RefusedError) return error.message;
    throw error;
  }
}

function letter(polled: Polled, data: Uint8Array, reason: string): PolledItem {
  const id = hashId(data);
  const contentType = contentTypeOf(requestOf(polled, data));
  return { id, event: deadLetter({ id, reason, data, contentType }, { ...polled, kind: 'HttpPollSource' }) };
}

// Expressions read requests: an item is the body of one, the answer's headers are its own.
function requestOf({ answer, atMs }: Polled, body: Uint8Array): WebhookRequest {
  return { method: 'GET', target: '/', rawHeaders: [...answer.headers].flat(), body, receivedAtMs: atMs };
}

// Seconds since 1970, or milliseconds if there are more digits than seconds have until the year 5138.
function timeOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{1,14}$/.test(text)) return payloadTime(text);
  return payloadTime(text.length > 11 ? Number(text) / 1000 : Number(text));
}
