import type { Metrics } from '../events/metrics.ts';
import { keyOf } from './released.ts';
import type { Routes } from './routes.ts';
import type { RunningBroker } from './running-broker.ts';

/** Shows a declared broker to ingress as it stands: its channel, or why there is none yet. Its events are counted on whatever becomes of its channel. */
export function showRoute(
  { plan, channel, fact }: RunningBroker,
  { routes, metrics }: { readonly routes: Routes; readonly metrics: Metrics },
): void {
  const waiting = fact?.ok === false ? fact.message : `broker ${keyOf(plan)}: is being opened; send it again`;
  const route = routes.get(plan);
  if (route) {
    route.channel = channel;
    route.waiting = waiting;
    return;
  }
  const { namespace, name } = plan;
  const received = metrics.counter(
    'weir_events_received_total',
    'Events that were accepted: durable, and answered 2xx.',
    { namespace, broker: name },
  );
  routes.set({ broker: { namespace, name }, channel, waiting, received });
}
