import { connect } from 'node:net';
import { once } from 'node:events';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What a server answered. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One request over a connection of its own, with headers exactly as given. */
export async function send(
  url: string,
  what: {
    readonly method?: string;
    readonly path?: string;
    readonly headers?: readonly string[];
    readonly body?: Uint8Array | string | readonly string[];
  } = {},
): Promise<Answered> {
  const { hostname, port, pathname } = new URL(url);
  const headers = ['Host', `${hostname}:${port}`, ...(what.headers ?? [])];
  if (typeof what.body === 'string' || what.body instanceof Uint8Array)
    headers.push('Content-Length', String(Buffer.byteLength(what.body)));
  else if (what.body) headers.push('Transfer-Encoding', 'chunked');
  const outgoing = request({
    host: hostname,
    port,
    method: what.method ?? 'POST',
    path: what.path ?? pathname,
    headers,
    agent: false,
  });
  // After the answer it may find that nobody listens to the rest of its body.
  outgoing.on('error', () => undefined);
  if (typeof what.body === 'string' || what.body instanceof Uint8Array) outgoing.end(what.body);
  else {
    for (const chunk of what.body ?? []) outgoing.write(chunk);
    outgoing.end();
  }
  const [response] = await once(outgoing, 'response');
  const text = (await buffer(response)).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

/** Bytes as they are over a raw socket; resolves with all that comes back until the server closes. */
export async function sendBytes(url: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}
