import { createServer } from 'node:http';
import type { BenchServer } from './source-bench.ts';
import { THING } from './source-bench.ts';

const PAGE = 500;

/**
 * An HTTP API of ours: `GET /NAME?after=N` answers the next 500 items of NAME, and in `next` what to ask with then; after the last it answers none. `POST /NAME?count=N` says how many there are.
 */
export async function httpPages(): Promise<BenchServer> {
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (request.method === 'POST') counts.set(pathname, Number(searchParams.get('count')));
    const from = Number(searchParams.get('after') ?? 0);
    const to = Math.min(from + PAGE, counts.get(pathname) ?? 0);
    const items = Array.from({ length: Math.max(0, to - from) }, (_, i) => `{"id":"${from + i}","data":${THING}}`);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"items":[${items.join(',')}],"next":"${to}"}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    env: { PAGES: `http://127.0.0.1:${port}` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
