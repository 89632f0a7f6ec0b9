import { createServer, STATUS_CODES, type Server, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { RefusedError, quoted } from '../events/errors.ts';
import { refusalBody, refusalHeaders, type Refusal } from './answer.ts';
import { bytesText } from './limits.ts';

/** A host and a port to listen on. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Answers one request. `expecting`: the sender waits for 100 before it sends the body. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse, expecting?: boolean) => void;

/** `host:port`, `[v6]:port`, `:port` for every address of the machine; port 0 = a free one. Throws `usage`; `flag` names what to change. */
export function parseAddress(text: string, flag: string): Address {
  const [, v6, host = v6, digits] = /^(?:\[([\da-f:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535)
    throw new RefusedError('usage', `${flag}: ${quoted(text)} is not HOST:PORT; for example 127.0.0.1:8080`);
  return { host: host ?? '', port };
}

/** Whether an address can only be reached from this machine. */
export function loopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/** A server with Weir's limits: headers up to `headerBytes` (431 above), as many of them as fit; `headers` go with its own refusals. Node's timeouts stay. */
export function httpServer(
  handle: RequestHandler,
  options: { readonly headerBytes: number; readonly headers: readonly string[] },
): Server {
  const server = createServer({ maxHeaderSize: options.headerBytes }, (request, response) => handle(request, response));
  // Node drops headers beyond 2,000 in silence, and with them attributes.
  server.maxHeadersCount = 0;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => handle(request, response, true));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => refuseBytes(error, socket, options));
  return server;
}

/** Resolves with the URL once it listens. Rejects `port-in-use` or `usage`; `flag` names what to change. */
export function listen(server: Server, address: Address, flag: string): Promise<string> {
  const { host, port } = address;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, address, flag)));
    server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
      server.removeAllListeners('error');
      resolve(urlOf(server, host));
    });
  });
}

function urlOf(server: Server, host: string): string {
  // A server that listens on a port answers its address as an object. [node:net server.address()]
  const { port } = server.address() as AddressInfo;
  const name = host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function listenError(error: NodeJS.ErrnoException, { host, port }: Address, flag: string): RefusedError {
  const facts = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new RefusedError('port-in-use', `port ${port} is in use; choose another with ${flag}`, facts);
    case 'EACCES':
      return new RefusedError(
        'usage',
        `port ${port} may not be opened by this user; choose one above 1023 with ${flag}`,
        facts,
      );
    default:
      return new RefusedError(
        'usage',
        `${flag}: cannot listen on ${quoted(host)} (${error.code ?? error.message}); choose an address of this machine`,
        facts,
      );
  }
}

/** Answers bytes that are no HTTP request, or one with too many headers, and closes. */
function refuseBytes(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  options: { readonly headerBytes: number; readonly headers: readonly string[] },
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal = bytesRefusal(error, options.headerBytes);
  const body = refusalBody(refusal);
  const lines = [`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`];
  const headers = [...refusalHeaders(refusal, body.length, options.headers), 'Connection', 'close'];
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i] ?? ''}: ${headers[i + 1] ?? ''}`);
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body.toString()}`);
}

function bytesRefusal(error: NodeJS.ErrnoException, headerBytes: number): Refusal {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        code: 'headers-too-large',
        message: `the headers are larger than the limit of ${bytesText(headerBytes)}; send the event in structured mode`,
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'http-invalid', message: 'the request did not arrive in time; send it again' };
    default:
      return {
        status: 400,
        code: 'http-invalid',
        message: `the bytes are not an HTTP/1.1 request (${error.code ?? error.message})`,
      };
  }
}
