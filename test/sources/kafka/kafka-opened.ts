import { systemClock } from '../../../events/clock.ts';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import { kafkaKind } from '../../../sources/kafka/kind.ts';
import type { SourceInstance } from '../../../sources/kind.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { SourceWorld, instance } from '../source-world.ts';

/** A KafkaSource with this spec, beside what every one needs. */
export function kafkaInstance(spec: object, more: Partial<SourceInstance> = {}): SourceInstance {
  return instance('KafkaSource', { sink: { uri: 'http://sink.example' }, initialOffset: 'earliest', ...spec }, more);
}

/** A KafkaSource that runs, and what it emits. */
export interface OpenedKafka extends AsyncDisposable {
  readonly world: SourceWorld;
  readonly source: OpenSource;
  /** Resolves when its consumers are members and its offsets are committed. */
  ready(): Promise<void>;
  /** Resolves when so many different events came. */
  events(count: number): Promise<readonly CloudEvent[]>;
}

const WAIT_MS = 60_000;

/** Opens one, in a world of its own unless one is given. */
export function openKafkaSource(of: SourceInstance, world: SourceWorld = new SourceWorld(systemClock)): OpenedKafka {
  const source = openSource(of, world.ports, [kafkaKind]);
  const until = (met: () => boolean): Promise<void> =>
    world.until(met, AbortSignal.timeout(WAIT_MS)).catch(() => {
      throw new Error(`never came: ${JSON.stringify([source.status(), world.lines.slice(-10), world.ids.length])}`);
    });
  return {
    world,
    source,
    ready: () => until(() => source.status().conditions['InitialOffsetsCommitted']?.ok === true),
    async events(count) {
      await until(() => world.ids.length >= count && new Set(world.ids).size >= count);
      return world.emitted;
    },
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
  };
}

/** The data of events, as text, sorted. */
export function dataOf(events: readonly CloudEvent[]): string[] {
  return events.map(({ data }) => new TextDecoder().decode(data)).sort();
}

/** Their ids, in their order. */
export function idsOf(events: readonly CloudEvent[]): (string | undefined)[] {
  return events.map((event) => attribute(event, 'id'));
}
