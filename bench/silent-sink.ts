import { createServer } from 'node:http';
import { once } from 'node:events';

/** A subscriber that takes requests and never answers. */
export interface SilentSink extends AsyncDisposable {
  readonly url: string;
  /** Resolves with the time (of `performance.now`) of the next request. */
  next(): Promise<number>;
}

export async function silentSink(): Promise<SilentSink> {
  const waiting: ((at: number) => void)[] = [];
  const server = createServer((request) => {
    request.resume();
    for (const resolve of waiting.splice(0)) resolve(performance.now());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('bench: no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
