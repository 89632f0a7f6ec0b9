import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { deadLetters, inspectable, type DeadLetter, type DeadLetters } from '../channels/abilities.ts';
import type { BrokerRef, Channel } from '../channels/channel.ts';
import { KINDS, kindNamed, type Kind } from '../crds/kinds.ts';
import { RefusedError, UnavailableError, quoted } from '../events/errors.ts';
import type { Log } from '../events/log.ts';
import { encodeJson } from '../events/json/encode.ts';
import type { Declared, Snapshot } from '../resources/store.ts';
import { refusalOf } from './answer.ts';
import type { SourceState } from './running-sources.ts';
import { subscriptionName } from './running-trigger.ts';
import { shownResource } from './shown-resource.ts';

/** What the JSON API reads and does. */
export interface ApiParts {
  readonly log: Log;
  readonly snapshot: () => Promise<Snapshot>;
  readonly channels: () => readonly (readonly [BrokerRef, Channel])[];
  readonly sources: () => readonly SourceState[];
  readonly forget: (broker: BrokerRef, trigger: string) => Promise<void>;
}

type Raw = (request: IncomingMessage, response: ServerResponse) => void;

const LETTERS_LISTED = 100;
const LETTERS_LISTED_MAX = 1000;
const trigger = z.object({ namespace: z.string(), broker: z.string(), trigger: z.string() });
const ids = z.strictObject({ ids: z.array(z.string()).min(1).max(LETTERS_LISTED_MAX) });
const page = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(LETTERS_LISTED_MAX).default(LETTERS_LISTED),
});

/**
 * The JSON API under `/api/v1/`, for the command line and the console:
 *
 *   GET  resources/KIND                           {items, refused}: what is declared, with status; KIND `sources`: every kind of source
 *   GET  subscriptions                            {items}: backlog, oldest and dead letters per trigger
 *   GET  sources                                  {items}: what each did since it was opened, how far it is behind, what went wrong last
 *   POST brokers/NS/BROKER/triggers/T/forget      what it has not delivered is dropped
 *   GET  brokers/NS/BROKER/triggers/T/dead-letters?after&limit
 *   POST .../dead-letters/redrive, .../discard    {ids}
 *
 * An answer that is no 2xx is `{code, message}`.
 */
export async function adminApi(parts: ApiParts): Promise<Raw> {
  const { fastify } = await import('fastify');
  let handle: Raw = () => undefined;
  const app = fastify({
    exposeHeadRoutes: false,
    // The listener is the admin listener's own: this one never listens.
    serverFactory: (handler) => {
      handle = handler;
      return createServer();
    },
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(asRefused(error));
    if (!refusal)
      parts.log.error('admin.failed', {
        path: request.url,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    const { status, code, message } = refusal ?? {
      status: 500,
      code: 'internal',
      message: 'a bug in Weir; its log says more',
    };
    return reply.code(status).send({ code, message });
  });
  app.setNotFoundHandler((request) => {
    throw new RefusedError(
      'not-found',
      `${quoted(request.url)}: is not part of the API; there are /api/v1/resources/<kind>, /api/v1/subscriptions and /api/v1/sources`,
    );
  });
  app.get<{ Params: { kind: string } }>('/api/v1/resources/:kind', async (request) =>
    resources(parts, kindsOr(request.params.kind)),
  );
  app.get('/api/v1/subscriptions', async () => ({ items: await subscriptions(parts) }));
  app.get('/api/v1/sources', async () => ({ items: parts.sources() }));
  const one = '/api/v1/brokers/:namespace/:broker/triggers/:trigger';
  app.post(`${one}/forget`, async (request) => {
    const which = trigger.parse(request.params);
    await parts.forget({ namespace: which.namespace, name: which.broker }, which.trigger);
    return { forgotten: subscriptionName({ namespace: which.namespace, name: which.trigger }) };
  });
  app.get(`${one}/dead-letters`, async (request) => {
    const { store, name } = letters(parts, request.params);
    const { after, limit } = page.parse(request.query);
    const found = await store.list(name, after === undefined ? { limit } : { after, limit });
    return { items: found.map(shownLetter) };
  });
  for (const what of ['redrive', 'discard'] as const) {
    app.post(`${one}/dead-letters/${what}`, async (request) => {
      const { store, name } = letters(parts, request.params);
      const body = ids.parse(request.body);
      await store[what](name, body.ids);
      return { [what === 'redrive' ? 'redriven' : 'discarded']: body.ids.length };
    });
  }
  await app.ready();
  return handle;
}

/** A dead letter with its event as JSON. */
function shownLetter({ id, deadAtMs, progress, entry }: DeadLetter): Readonly<Record<string, unknown>> {
  const event: unknown = JSON.parse(new TextDecoder().decode(encodeJson(entry.event)));
  return { id, deadAtMs, progress, event };
}

/** What is asked for by one word: a kind, or all kinds of sources together. */
interface Asked {
  readonly name: string;
  readonly kinds: readonly Kind[];
}

async function resources(parts: ApiParts, { name, kinds }: Asked): Promise<unknown> {
  const { resources, refused } = await parts.snapshot();
  const isAsked = (resource: Declared): boolean =>
    kinds.some(({ kind, apiVersion }) => resource.kind === kind && resource.apiVersion === apiVersion);
  return {
    kind: name,
    items: resources.filter(isAsked).map(shownResource),
    refused: refused
      .filter(({ identity }) => kinds.some(({ kind }) => kind === identity?.kind))
      .map(({ message }) => message),
  };
}

function kindsOr(text: string): Asked {
  if (/^sources?$/i.test(text)) return { name: 'Source', kinds: KINDS.filter(({ source }) => source !== undefined) };
  const kind = kindNamed(text);
  if (kind) return { name: kind.kind, kinds: [kind] };
  throw new RefusedError(
    'resource-unsupported',
    `${quoted(text)}: is no kind that is served; there are ${KINDS.map(({ plural }) => plural).join(', ')}, and sources for every kind of source`,
  );
}

async function subscriptions(parts: ApiParts): Promise<readonly unknown[]> {
  const all = await Promise.all(
    parts.channels().map(async ([broker, channel]) => {
      const states = (await inspectable(channel)?.subscriptions()) ?? [];
      return states.map((state) => ({ ...state, broker: broker.name, namespace: broker.namespace }));
    }),
  );
  return all.flat();
}

function letters(parts: ApiParts, params: unknown): { readonly store: DeadLetters; readonly name: string } {
  const which = trigger.parse(params);
  const found = parts.channels().find(([ref]) => ref.namespace === which.namespace && ref.name === which.broker);
  if (!found)
    throw new UnavailableError('broker-not-ready', `broker ${which.namespace}/${which.broker}: is not open here`);
  const store = deadLetters(found[1]);
  if (!store)
    throw new RefusedError('not-found', `broker ${which.namespace}/${which.broker}: its channel keeps no dead letters`);
  return { store, name: subscriptionName({ namespace: which.namespace, name: which.trigger }) };
}

/** fastify's and zod's own refusals in our words. */
function asRefused(error: unknown): unknown {
  if (error instanceof z.ZodError)
    return new RefusedError('query-invalid', z.prettifyError(error).replaceAll(/\s*\n\s*/g, ' '));
  if (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode < 500
  ) {
    return new RefusedError('query-invalid', error.message);
  }
  return error;
}
