import { onTestFinished } from 'vitest';
import type { ChannelDriver, Delivery } from '../../channels/channel.ts';
import { MemoryDriver } from '../../channels/memory/driver.ts';
import type { Entry } from '../../events/entry.ts';
import { RefusedError } from '../../events/errors.ts';
import { systemClock } from '../../events/clock.ts';
import { ProcessMetrics } from '../../broker/metrics.ts';
import { Reconfigure } from '../../broker/reconfigure.ts';
import { Released } from '../../broker/released.ts';
import { Routes } from '../../broker/routes.ts';
import { RunningSinks } from '../../broker/running-sinks.ts';
import { RunningSources } from '../../broker/running-sources.ts';
import type { SourcePorts } from '../../sources/kind.ts';
import type { BrokerPlan, Plan, TriggerPlan } from '../../resources/plan.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { Lines } from './serving.ts';

/** Where every trigger delivers to. */
export const URL = 'http://subscriber.example';

/** A broker as a plan has it. */
export function broker(name = 'default', kind = 'memory'): BrokerPlan {
  return { namespace: 'default', name, uid: `uid-${name}`, channel: { kind, config: {} } };
}

/** A trigger as a plan has it. */
export function trigger(name: string, changes: Partial<TriggerPlan> = {}): TriggerPlan {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    generation: 1,
    broker: 'default',
    filter: {},
    subscriber: { url: URL, broker: false },
    order: 'none',
    start: 'latest',
    ...changes,
  };
}

function entry(id: string, type = 't'): Entry {
  return {
    event: { attributes: new Map(Object.entries({ specversion: '1.0', id, source: '/s', type })) },
    hops: 32,
    receivedAtMs: 0,
  };
}

/** A plan without sources. */
export function plan(brokers: readonly BrokerPlan[], triggers: readonly TriggerPlan[] = []): Plan {
  return { brokers, triggers, sources: [], sinks: [], removedSources: [] };
}

/** A delivery that reached a subscriber. */
export interface Given {
  readonly trigger: string;
  readonly url: string | undefined;
  readonly id: unknown;
}

/** Reconfigure over memory channels, with subscribers that are functions. */
export interface World {
  readonly reconfigure: Reconfigure;
  readonly routes: Routes;
  readonly clock: FakeClock;
  readonly lines: Lines;
  /** What was handed to subscribers, and what is to be answered. */
  readonly given: Given[];
  answer: (delivery: Delivery) => Promise<{ kind: 'done' } | { kind: 'release' }>;
  /** Replaces the driver of kind `memory`. */
  driver: ChannelDriver;
  append(id: string, type?: string): Promise<void>;
}

function sourcesOf(ports: Partial<SourcePorts> & Pick<SourcePorts, 'clock' | 'metrics' | 'log'>): RunningSources {
  return new RunningSources({
    emitTo: () => () => Promise.resolve(),
    ports: {
      random: () => 0,
      positions: { get: async () => undefined, save: async () => undefined, drop: async () => undefined },
      call: () => Promise.reject(new Error('no network here')),
      publicUrl: undefined,
      bodyBytesMax: 1000,
      changed: () => undefined,
      ...ports,
    },
  });
}

/** A world of its own for each test. */
export async function world(
  options: { readonly data?: string; readonly sources?: Partial<SourcePorts> } = {},
): Promise<World> {
  const clock = new FakeClock();
  const lines = new Lines();
  const routes = new Routes();
  const metrics = new ProcessMetrics();
  const given: Given[] = [];
  const sources = sourcesOf({ clock, metrics, log: lines, ...options.sources });
  const result: World = {
    routes,
    clock,
    lines,
    given,
    answer: async () => ({ kind: 'done' }),
    driver: new MemoryDriver({ clock: systemClock, log: lines }),
    reconfigure: new Reconfigure({
      drivers: async (kind) => {
        if (kind !== 'memory') throw new RefusedError('resource-unsupported', `channel "${kind}": is not served`);
        return result.driver;
      },
      routes,
      sources,
      sinks: new RunningSinks({ clock, random: () => 0, log: lines, changed: () => undefined }),
      triggers: {
        inFlight: 64,
        open: (of) => ({
          handle: (delivery) => {
            given.push({ trigger: of.name, url: of.subscriber?.url, id: delivery.entry.event.attributes.get('id') });
            return result.answer(delivery);
          },
          [Symbol.dispose]: () => undefined,
        }),
      },
      released: await Released.open(options.data),
      releasedMs: 24 * 3_600_000,
      clock,
      metrics,
      log: lines,
      changed: () => undefined,
    }),
    async append(id, type) {
      await routes.find('/default/default').channel?.append([entry(id, type)]);
      await settle();
      await settle();
    },
  };
  onTestFinished(() => result.reconfigure.close());
  return result;
}
