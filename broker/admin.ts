import type { IncomingMessage, ServerResponse } from 'node:http';
import { RefusedError, quoted } from '../events/errors.ts';
import type { Log } from '../events/log.ts';
import { refusalOf, refuse } from './answer.ts';
import type { AdminGuard } from './admin-guard.ts';
import type { Scrape } from './metrics.ts';
import { pathIn } from './routes.ts';

/** What the admin listener shows. */
export interface AdminParts {
  readonly guard: AdminGuard;
  readonly log: Log;
  /** Why the process is not ready; empty = it is. */
  readonly waiting: () => readonly string[];
  readonly scrape: () => Promise<Scrape>;
  /** The JSON API under `/api/`, loaded when it is first asked for. */
  readonly api: () => Promise<(request: IncomingMessage, response: ServerResponse) => void>;
}

/** The admin listener: `/healthz`, `/readyz`, `/metrics` and the JSON API under `/api/`. */
export function adminHandler(parts: AdminParts): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      const refusal = refusalOf(error);
      if (!refusal)
        parts.log.error('admin.failed', {
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      const more = refusal?.status === 401 ? ['WWW-Authenticate', 'Bearer'] : [];
      refuse(response, refusal ?? { status: 500, code: 'internal', message: 'a bug in Weir; its log says more' }, more);
    });
  };
}

async function answer(parts: AdminParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = pathIn(request.url ?? '/');
  if (path === '/healthz' || path === '/readyz') {
    parts.guard.checkOrigin(request);
    reading(request);
    const waiting = path === '/readyz' ? parts.waiting() : [];
    const ok = waiting.length === 0;
    json(response, ok ? 200 : 503, parts.guard.trusted(request) ? { ok, waiting } : { ok });
    return;
  }
  parts.guard.check(request);
  if (path === '/metrics') {
    reading(request);
    const { contentType, text } = await parts.scrape();
    response.writeHead(200, ['Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(text))]);
    response.end(text);
    return;
  }
  if (!path.startsWith('/api/'))
    throw new RefusedError(
      'not-found',
      `${quoted(path)}: is not here; there are /healthz, /readyz, /metrics and /api/`,
    );
  (await parts.api())(request, response);
}

function reading(request: IncomingMessage): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  throw new RefusedError('method-not-allowed', `${request.method ?? ''}: is not possible here; use GET`);
}

function json(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, ['Content-Type', 'application/json', 'Content-Length', String(body.length)]);
  response.end(body);
}
