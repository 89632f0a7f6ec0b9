import type { ApiAnswer, CallApi } from '../../../sources/api-call.ts';
import type { SourceInstance, SourceKind } from '../../../sources/kind.ts';
import { objectStorageKind } from '../../../sources/object-storage/kind.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import type { WebhookAnswer } from '../../../sources/webhook.ts';
import { instance, SourceWorld } from '../source-world.ts';

const SINK = { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' } };
const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

/** The secrets that the instances of these tests name. */
export const TOKENS = {
  now: 'correct-horse-battery',
  before: 'staple-of-yesterday',
  password: 'open-sesame-please',
} as const;

/** A reference to one of them. */
export function secret(key: keyof typeof TOKENS): object {
  return { secretKeyRef: { name: 'storage', key } };
}

/** An ObjectStorageSource with that spec beside its sink. */
export function storage(spec: object): SourceInstance {
  const secrets = new Map(Object.entries(TOKENS).map(([key, value]) => [`storage/${key}`, value]));
  return instance('ObjectStorageSource', { sink: SINK, ...spec }, { secrets });
}

/** Other people's servers: what they answer by URL, and what they were asked. A URL that is not there has no answer. */
export class FakeServers {
  readonly asked: string[] = [];
  readonly answers = new Map<string, Partial<ApiAnswer>>();
  readonly call: CallApi = async ({ url }) => {
    this.asked.push(url);
    const answer = this.answers.get(url);
    if (!answer) throw new Error(`connect ECONNREFUSED, for ${url}`);
    return { status: 200, headers: new Map(), body: '', ...answer };
  };

  /** The kind, with these as the servers that it calls. */
  get kind(): SourceKind {
    const { webhook } = objectStorageKind;
    return {
      ...objectStorageKind,
      webhook: (one, ports) => webhook?.(one, { ...ports, call: this.call }),
    };
  }
}

/** A source that is called by hand. */
export interface OpenStorage {
  readonly world: SourceWorld;
  readonly servers: FakeServers;
  readonly source: OpenSource;
  readonly post: (request: WebhookRequest) => Promise<WebhookAnswer>;
}

/** Opens an ObjectStorageSource with that spec. */
export function openStorage(spec: object, servers: FakeServers = new FakeServers()): OpenStorage {
  const world = new SourceWorld();
  const source = openSource(storage(spec), world.ports, [servers.kind]);
  return {
    world,
    servers,
    source,
    post: async (request) => (await source.webhook?.(request)) ?? { status: 0, headers: {}, body: '' },
  };
}

/** A request to the address of the source. */
export function request(
  body: string | object,
  headers: Readonly<Record<string, string | undefined>> = {},
  { method = 'POST', query = '' }: { readonly method?: string; readonly query?: string } = {},
): WebhookRequest {
  const all = { 'Content-Type': 'application/json', ...headers };
  return {
    method,
    target: `/-/sources/default/objectstoragesource/it${query}`,
    rawHeaders: Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    receivedAtMs: NOW_MS,
  };
}
