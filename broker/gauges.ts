import { inspectable } from '../channels/abilities.ts';
import type { BrokerRef, Channel } from '../channels/channel.ts';
import type { Clock } from '../events/clock.ts';
import type { Labels, Metrics } from '../events/metrics.ts';
import type { Http } from '../triggers/http.ts';

/** What is read at each scrape. */
export interface GaugeParts {
  readonly channels: () => readonly (readonly [BrokerRef, Channel])[];
  readonly http: Http;
  readonly clock: Clock;
}

type Sample = readonly [Labels, number];

/** Declares what is measured by looking: backlog, oldest age and dead letters per trigger, stored bytes and losses per broker, sockets. */
export function gauges(metrics: Metrics, parts: GaugeParts): void {
  const perTrigger = async (
    read: (state: {
      readonly backlog: number;
      readonly oldestMs?: number;
      readonly deadLetters: number;
      readonly held?: string;
    }) => number | undefined,
  ): Promise<Sample[]> => {
    const all = await Promise.all(
      parts.channels().map(async ([broker, channel]) => {
        const states = (await inspectable(channel)?.subscriptions()) ?? [];
        return states.flatMap((state): Sample[] => {
          const value = read(state);
          const trigger = state.name.slice(state.name.indexOf('/') + 1);
          return value === undefined ? [] : [[{ namespace: broker.namespace, broker: broker.name, trigger }, value]];
        });
      }),
    );
    return all.flat();
  };
  const perBroker = async (
    read: (usage: { readonly bytes: number; readonly lost: number }) => number,
  ): Promise<Sample[]> => {
    const all = await Promise.all(
      parts.channels().map(async ([broker, channel]): Promise<Sample[]> => {
        const usage = await inspectable(channel)?.usage();
        return usage ? [[{ namespace: broker.namespace, broker: broker.name }, read(usage)]] : [];
      }),
    );
    return all.flat();
  };
  metrics.gauge('weir_backlog_events', 'Events a trigger has not settled.', () => perTrigger((state) => state.backlog));
  metrics.gauge('weir_backlog_oldest_seconds', 'Age of the oldest of them.', () =>
    perTrigger((state) =>
      state.oldestMs === undefined ? undefined : Math.max(0, (parts.clock.now() - state.oldestMs) / 1000),
    ),
  );
  metrics.gauge('weir_dead_letters', "Events in a trigger's dead-letter store.", () =>
    perTrigger((state) => state.deadLetters),
  );
  metrics.gauge('weir_trigger_held', '1 while a trigger stands still because its dead-letter store is full.', () =>
    perTrigger((state) => (state.held === undefined ? 0 : 1)),
  );
  metrics.gauge('weir_stored_bytes', 'What a broker keeps on disk or in memory.', () =>
    perBroker((usage) => usage.bytes),
  );
  metrics.gauge('weir_lost_events', 'Events known to be lost to the engine below.', () =>
    perBroker((usage) => usage.lost),
  );
  metrics.gauge('weir_sockets', 'Connections to subscribers that are open.', () => [[{}, parts.http.sockets]]);
}
