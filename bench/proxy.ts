import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { Pool } from 'undici';

/**
 * The bare proxy that durable delivery is compared with: every request goes to the sink, its status goes back. No queue, no filter, nothing stored.
 * Usage: `node bench/proxy.ts SINK_URL PORT`. Prints `ready` when it listens.
 */
const [sink = 'http://127.0.0.1:18080', port = '8090'] = process.argv.slice(2);
const pool = new Pool(sink, { connections: 64 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const headers: IncomingHttpHeaders = {};
    for (const name in request.headers) {
      if (name !== 'host' && name !== 'content-length' && name !== 'connection') headers[name] = request.headers[name];
    }
    const [first] = chunks;
    const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    pool.dispatch(
      { method: 'POST', path: '/', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, status) {
          response.statusCode = status;
        },
        onResponseData() {},
        onResponseEnd() {
          response.end();
        },
        onResponseError() {
          response.statusCode = 502;
          response.end();
        },
      },
    );
  });
}).listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
