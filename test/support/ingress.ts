import { onTestFinished } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import type { Entry } from '../../events/entry.ts';
import { Ingress, ALLOW } from '../../broker/ingress.ts';
import { DEFAULT_LIMITS, type Limits } from '../../broker/limits.ts';
import { httpServer, listen } from '../../broker/listener.ts';
import { ProcessMetrics } from '../../broker/metrics.ts';
import { Routes } from '../../broker/routes.ts';
import { FakeClock } from './fake-clock.ts';
import type { Answered } from './raw-http.ts';
import { Lines } from './serving.ts';

/** Headers of a small event in binary mode, flat. */
export const EVENT = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't'];
/** The header of a batch. */
export const BATCH = ['Content-Type', 'application/cloudevents-batch+json'];
/** The header of structured mode. */
export const STRUCTURED = ['Content-Type', 'application/cloudevents+json'];
/** A small event as JSON. */
export const json = (id: string): Record<string, string> => ({ specversion: '1.0', id, source: '/s', type: 't' });

/** Ingress, and what reached its channel. */
export interface Served {
  readonly url: string;
  readonly stored: Entry[];
  readonly metrics: ProcessMetrics;
  readonly routes: Routes;
  draining: boolean;
  readonly full: string[];
}

/** Ingress with one broker, default/orders, whose channel keeps what it is given. */
export async function served(
  options: { readonly append?: Channel['append']; readonly limits?: Partial<Limits> } = {},
): Promise<Served> {
  const stored: Entry[] = [];
  const append = options.append ?? (async (entries) => void stored.push(...entries));
  const channel = { append } as Partial<Channel> as Channel;
  const metrics = new ProcessMetrics();
  const routes = new Routes();
  const received = metrics.counter('weir_events_received_total', '', { broker: 'orders' });
  routes.set({ broker: { namespace: 'default', name: 'orders' }, channel, waiting: '', received });
  routes.set({
    broker: { namespace: 'default', name: 'late' },
    channel: undefined,
    waiting: 'broker default/late: is being opened',
    received,
  });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const result = { url: '', stored, metrics, routes, draining: false, full: [] as string[] };
  const ingress = new Ingress({
    routes,
    limits,
    metrics,
    clock: new FakeClock(),
    log: new Lines(),
    draining: () => result.draining,
    full: (broker) => void result.full.push(broker.name),
  });
  const server = httpServer((request, response, expecting) => ingress.handle(request, response, expecting), {
    headerBytes: limits.headerBytes,
    headers: ALLOW,
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  result.url = `${await listen(server, { host: '127.0.0.1', port: 0 }, '--listen')}/default/orders`;
  return result;
}

/** Status and body of a refusal. */
export function refusal(answered: Answered): unknown {
  return { status: answered.status, ...JSON.parse(answered.text) };
}
