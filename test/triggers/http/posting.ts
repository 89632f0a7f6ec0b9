import { onTestFinished } from 'vitest';
import type { Answer, Http, HttpLimits, Message } from '../../../triggers/http.ts';
import { openHttp } from '../../../triggers/http/client.ts';
import { FakeClock } from '../../support/fake-clock.ts';

export function client(
  limits: Partial<HttpLimits> = {},
  clock = new FakeClock(),
): { readonly http: Http; readonly clock: FakeClock } {
  const http = openHttp(clock, limits);
  onTestFinished(() => http[Symbol.asyncDispose]());
  return { http, clock };
}

export function message(body = 'hello', timeoutMs = 30_000): Message {
  return { headers: ['content-type', 'text/plain', 'ce-id', '1'], body: Buffer.from(body), timeoutMs };
}

export async function posted(url: string, limits: Partial<HttpLimits> = {}): Promise<Answer> {
  return client(limits).http.open({ url }, 1).post(message());
}

export function response(answer: Answer): Extract<Answer, { kind: 'response' }> {
  if (answer.kind !== 'response') throw new Error(`expected a response, got ${JSON.stringify(answer)}`);
  return answer;
}
