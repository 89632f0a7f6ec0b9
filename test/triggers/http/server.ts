import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on a free port of the loopback, closed with the test. */
export interface Listening {
  readonly url: string;
  /** Connections made so far. */
  readonly connections: () => number;
  /** Connections open now. */
  readonly open: () => number;
}

export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Answers each request with `answer` once its body has come. */
export function serve(answer: (request: Received, response: ServerResponse) => void): Promise<Listening> {
  return listening(createServer(receiving(answer)), 'http');
}

export function receiving(answer: (request: Received, response: ServerResponse) => void): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      answer(
        { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks) },
        response,
      );
    });
  };
}

/** Speaks raw bytes: what no HTTP server would say. */
export function serveRaw(speak: (socket: Socket) => void): Promise<Listening> {
  return listening(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      speak(socket);
      // Or it would never see the other side close.
      socket.resume();
    }),
    'http',
  );
}

export async function listening(server: Server, scheme: 'http' | 'https'): Promise<Listening> {
  const sockets = new Set<Socket>();
  let made = 0;
  server.on('connection', (socket: Socket) => {
    made++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${scheme}://127.0.0.1:${port}`, connections: () => made, open: () => sockets.size };
}

/** Resolves when `holds` does; looks after each turn of the event loop. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
