import type { AttributeValue } from '../events/event.ts';
import type { Progress } from '../events/verdict.ts';
import { lastOfSubscriber } from './progress.ts';

/**
 * What the copy for a dead letter sink carries beside the event's own attributes: `knativeerrordest`, the subscriber's URL; `knativeerrorcode`, the status it answered with, absent
 * if there was none (Knative's Kafka broker does the same; its default broker invents 500); `knativeerrordata`, base64 of the first KiB of its answer, or of
 * `dispatch error: ECONNREFUSED` without one. What an earlier broker said
 * there is taken away (undefined). Data are unchanged. [Knative dead letter extensions]
 */
export function errorAttributes(
  subscriber: string,
  progress: Progress,
): Readonly<Record<string, AttributeValue | undefined>> {
  const last = lastOfSubscriber(progress.history);
  const failure =
    last?.error === undefined ? undefined : Buffer.from(`dispatch error: ${last.error}`).toString('base64');
  return {
    knativeerrordest: subscriber,
    knativeerrorcode: last?.status,
    knativeerrordata: last?.answer ?? failure,
  };
}

/** A URL as others may see it: without user and password. */
export function withoutUserinfo(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
