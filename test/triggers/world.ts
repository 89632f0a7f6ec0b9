import { onTestFinished } from 'vitest';
import { systemClock, type Clock } from '../../events/clock.ts';
import type { Entry } from '../../events/entry.ts';
import type { AttributeValue, CloudEvent } from '../../events/event.ts';
import type { Log, LogFields } from '../../events/log.ts';
import type { Counter, Histogram, Labels, Metrics } from '../../events/metrics.ts';
import type { Progress, Verdict } from '../../events/verdict.ts';
import { deliver, type Delivering, type TriggerTarget } from '../../triggers/deliver.ts';
import type { Http } from '../../triggers/http.ts';
import { openHttp } from '../../triggers/http/client.ts';
import { effectivePolicy } from '../../triggers/policy.ts';

/** Keeps what is counted: `name{label values}` -> count. */
export class CountingMetrics implements Metrics {
  readonly counts = new Map<string, number>();

  counter(name: string, _help: string, labels: Labels = {}): Counter {
    const series = this.#series(name, labels);
    return { add: (count) => void this.counts.set(series, (this.counts.get(series) ?? 0) + count) };
  }

  histogram(name: string, help: string, labels: Labels = {}): Histogram {
    const counter = this.counter(`${name}_count`, help, labels);
    return { observe: () => counter.add(1) };
  }

  gauge(): void {}

  /** Of one series, by its name and the values of its labels beyond the trigger's. */
  of(name: string, ...labels: readonly string[]): number {
    return this.counts.get([name, 'default', 'events', 'orders', ...labels].join(' ')) ?? 0;
  }

  #series(name: string, labels: Labels): string {
    return [name, ...Object.values(labels)].join(' ');
  }
}

export interface Line {
  readonly level: string;
  readonly name: string;
  readonly fields: LogFields;
}

/** A trigger with all it needs, in memory but for the sockets. */
export interface World {
  readonly http: Http;
  readonly metrics: CountingMetrics;
  readonly lines: Line[];
  readonly replies: { readonly event: CloudEvent; readonly hops: number }[];
  readonly trigger: Delivering;
  /** Hands in one delivery. */
  readonly handle: (entry?: Entry, progress?: Progress) => Promise<Verdict>;
}

export interface Given extends Partial<TriggerTarget> {
  readonly url: string;
  readonly clock?: Clock;
  readonly store?: (event: CloudEvent, hops: number) => Promise<void>;
}

export function world(given: Given): World {
  const clock = given.clock ?? systemClock;
  const http = openHttp(clock, { replyBytesMax: 100_000 });
  onTestFinished(() => http[Symbol.asyncDispose]());
  const metrics = new CountingMetrics();
  const lines: Line[] = [];
  const line =
    (level: string) =>
    (name: string, fields: LogFields = {}): void =>
      void lines.push({ level, name, fields });
  const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const replies: { event: CloudEvent; hops: number }[] = [];
  const reply = async (event: CloudEvent, hops: number): Promise<void> => {
    await given.store?.(event, hops);
    replies.push({ event, hops });
  };
  const target: TriggerTarget = {
    namespace: 'default',
    name: 'orders',
    broker: 'events',
    subscriber: { url: given.url, broker: false },
    policy: effectivePolicy({ retry: 3 }),
    inFlight: 4,
    ...given,
  };
  const trigger = deliver(target, { http, clock, random: () => 0, log, metrics, reply });
  const handle = (from: Entry = entry(), progress?: Progress): Promise<Verdict> =>
    trigger.handle(progress ? { entry: from, progress } : { entry: from });
  return { http, metrics, lines, replies, trigger, handle };
}

export function event(
  attributes: Readonly<Record<string, AttributeValue>> = {},
  data: Uint8Array | null = Buffer.from('{"a": 1.0}'),
): CloudEvent {
  const all = {
    specversion: '1.0',
    id: '7',
    source: '/shop',
    type: 'order.paid',
    datacontenttype: 'application/json',
    ...attributes,
  };
  return data ? { attributes: new Map(Object.entries(all)), data } : { attributes: new Map(Object.entries(all)) };
}

export function entry(of: CloudEvent = event(), more: Partial<Entry> = {}): Entry {
  return { event: of, hops: 32, receivedAtMs: Date.parse('2026-05-01T10:00:00.120Z'), ...more };
}
