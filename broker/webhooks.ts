import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../events/clock.ts';
import type { Log } from '../events/log.ts';
import type { OpenSource } from '../sources/open.ts';
import type { WebhookRequest } from '../sources/source.ts';
import { refusalOf, refuse, type Refusal } from './answer.ts';
import { putEvents } from './sink-route.ts';
import { WebhookBodies } from './webhook-body.ts';
import { RefusedError, UnavailableError, quoted } from '../events/errors.ts';
import type { SinkName } from '../resources/plan.ts';
import type { EventSink } from '../triggers/sinks/sink.ts';

/** Requests under this path are for sources. */
export const WEBHOOKS_PATH = '/-/';

/** What answers webhooks. */
export interface WebhookParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly bodyBytes: number;
  /** Of the bodies that are being read or answered, together. */
  readonly queueBytes: number;
  /** The source with an address, if it runs; `kind` in lower case. */
  readonly find: (source: {
    readonly namespace: string;
    readonly kind: string;
    readonly name: string;
  }) => OpenSource['webhook'];
  /** The sink with an address, if it is open; `kind` in lower case. */
  readonly sink: (name: SinkName) => EventSink | undefined;
}

/** Names of resources are no longer than this. [Kubernetes "Object Names and IDs"] */
const NAME_MAX = 253;

type Raw = (request: IncomingMessage, response: ServerResponse) => void;

/** `/-/sources/<namespace>/<kind>/<name>`, and `/-/sinks/...` for what takes CloudEvents. The body reaches the source as the bytes that came. fastify is loaded with the first request. */
export function webhooks(parts: WebhookParts): Raw {
  let app: Promise<Raw> | undefined;
  const bodies = new WebhookBodies(parts);
  return (request, response) => {
    bodies.hold(request, response);
    app ??= webhookApp(parts, bodies);
    app.then(
      (handle) => handle(request, response),
      (error: unknown) => {
        parts.log.error('webhook.failed', { error: String(error) });
        refuse(response, { status: 500, code: 'internal', message: 'a bug in Weir; its log says more' }, []);
      },
    );
  };
}

async function webhookApp(parts: WebhookParts, bodies: WebhookBodies): Promise<Raw> {
  const { fastify } = await import('fastify');
  let handle: Raw = () => undefined;
  const app = fastify({
    bodyLimit: parts.bodyBytes,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: NAME_MAX },
    // The listener is Weir's own: this one never listens.
    serverFactory: (handler) => {
      handle = handler;
      return createServer();
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest) => bodies.read(request.raw).catch(unread));
  app.setErrorHandler((error, request, reply) => {
    const { status, retryAfterMs, ...body } = answerTo(error, { ...parts, path: pathOf(request.url) });
    if (retryAfterMs !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({
      code: 'not-found',
      message: `${quoted(request.url)}: is no address of a source or sink; they are /-/sources/<namespace>/<kind>/<name> and /-/sinks/<namespace>/<kind>/<name>`,
    }),
  );
  app.all<{ Params: { namespace: string; kind: string; name: string } }>(
    '/-/sources/:namespace/:kind/:name',
    async (request, reply) => {
      const answer = parts.find(request.params);
      if (!answer) {
        const { namespace, kind, name } = request.params;
        throw new RefusedError(
          'not-found',
          `${quoted(`${namespace}/${kind}/${name}`)}: no such source runs here; \`weir get ${kind}\` lists those there are`,
        );
      }
      const said = await answer({
        method: request.method,
        target: request.raw.url ?? request.url,
        rawHeaders: request.raw.rawHeaders,
        ...bodyOf(request.body),
        receivedAtMs: parts.clock.now(),
      });
      return reply.code(said.status).headers(said.headers).send(said.body);
    },
  );
  app.post<{ Params: SinkName }>('/-/sinks/:namespace/:kind/:name', async (request, reply) => {
    const { body, unread } = bodyOf(request.body);
    if (unread) throw unread;
    const message = { rawHeaders: request.raw.rawHeaders, body };
    await putEvents({ find: parts.sink, clock: parts.clock }, request.params, message);
    return reply.code(202).send();
  });
  await app.ready();
  return handle;
}

/** Without the query, where a sender may have its token. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** Stands for a body that was refused before it was whole. */
class Unread {
  readonly why: RefusedError | UnavailableError;
  constructor(why: RefusedError | UnavailableError) {
    this.why = why;
  }
}

function unread(error: unknown): Unread {
  if (error instanceof RefusedError || error instanceof UnavailableError) return new Unread(error);
  throw error;
}

function bodyOf(body: unknown): Pick<WebhookRequest, 'body' | 'unread'> {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  return body instanceof Unread ? { body: bytes, unread: body.why } : { body: bytes };
}

/** What is answered to an error; a bug is logged. */
function answerTo(error: unknown, { log, path }: Pick<WebhookParts, 'log'> & { readonly path: string }): Refusal {
  const refusal = refusalOf(asRefused(error));
  if (refusal) return refusal;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('webhook.failed', { path, error: text });
  return { status: 500, code: 'internal', message: 'a bug in Weir; its log says more' };
}

/** fastify's own refusals in our words. */
function asRefused(error: unknown): unknown {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return error;
  return error.statusCode < 500 ? new RefusedError('http-invalid', error.message) : error;
}
