import type { IncomingMessage, ServerResponse } from 'node:http';
import { refusalBody, refusalHeaders, type Refusal } from './answer.ts';

/** How much of a refused body is read and thrown away; a sender of more sees the connection close. */
const DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * Refuses a request whose body is still arriving. The answer is written at once and ended when the body has, because closing a connection with unread bytes in it resets it, and the sender
 * may lose the answer. The connection is closed afterwards.
 */
export function refuseUnread(
  request: IncomingMessage,
  response: ServerResponse,
  answer: { readonly refusal: Refusal; readonly headers: readonly string[] },
): void {
  if (response.headersSent || response.destroyed) return;
  const body = refusalBody(answer.refusal);
  response.writeHead(answer.refusal.status, [
    ...refusalHeaders(answer.refusal, body.length, answer.headers),
    'Connection',
    'close',
  ]);
  response.write(body);
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DISCARDED_BYTES) request.destroy();
  });
  request.on('end', () => response.end());
  request.resume();
}
