import assert from 'node:assert/strict';
import type { Clock } from '../../events/clock.ts';
import type { CloudEvent } from '../../events/event.ts';
import { attribute } from '../../events/event.ts';
import type { LogFields } from '../../events/log.ts';
import { callApi } from '../../sources/api-call.ts';
import type { SourceInstance, SourceKind, SourcePorts } from '../../sources/kind.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Everything a source is opened in, and what it left there. Its time stands still until `clock` is moved, or is the machine's: `new SourceWorld(systemClock)`. */
export class SourceWorld {
  readonly time: Clock;
  /** What the sink accepted. */
  readonly emitted: CloudEvent[] = [];
  /** What the sink was asked to take, accepted or not. */
  readonly offered: CloudEvent[] = [];
  readonly positions = new Map<string, string>();
  readonly lines: { readonly level: string; readonly name: string; readonly fields: LogFields }[] = [];
  readonly series = new Map<string, number>();
  changes = 0;
  /** How many times something was emitted, whatever the number of events. */
  appends = 0;
  /** How many times a position was to be saved, kept or not. */
  saves = 0;
  readonly #watchers: (() => void)[] = [];
  publicUrl: string | undefined = 'https://weir.example.com';
  bodyBytesMax = 1024 * 1024;
  /** What the sink does before it accepts. */
  sink: (event: CloudEvent) => Promise<void> = async () => undefined;
  /** What the disk does before it keeps a position. */
  disk: (position: string) => Promise<void> = async () => undefined;

  constructor(time: string | Clock = '2026-01-01T00:00:00Z') {
    this.time = typeof time === 'string' ? new FakeClock(Date.parse(time)) : time;
  }

  /** The clock that a test moves. */
  get clock(): FakeClock {
    assert(this.time instanceof FakeClock, 'this world has the time of the machine: nobody moves it');
    return this.time;
  }

  get ids(): (string | undefined)[] {
    return this.emitted.map((event) => attribute(event, 'id'));
  }

  /** The names of the log lines at `warn` and above. */
  get warnings(): string[] {
    return this.lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ name }) => name);
  }

  /** Resolves as soon as `met`: looked at after each log line, event, count, saved position and change of a status, and at once. Rejects when `signal` is aborted. */
  async until(met: () => boolean, signal?: AbortSignal): Promise<void> {
    while (!met()) {
      await new Promise<void>((resolve, reject) => {
        this.#watchers.push(resolve);
        signal?.addEventListener('abort', () => reject(new Error('it did not come in time')), { once: true });
      });
    }
  }

  #moved(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  get ports(): SourcePorts {
    const line =
      (level: string) =>
      (name: string, fields: LogFields = {}): void => {
        this.lines.push({ level, name, fields });
        this.#moved();
      };
    return {
      clock: this.time,
      random: () => 0,
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      metrics: {
        counter: (name, _help, labels = {}) => ({
          add: (count) => {
            const series = `${name}${JSON.stringify(labels)}`;
            this.series.set(series, (this.series.get(series) ?? 0) + count);
            this.#moved();
          },
        }),
        histogram: () => ({ observe: () => undefined }),
        gauge: () => undefined,
      },
      positions: {
        get: async (key) => this.positions.get(key),
        save: async (key, position) => {
          this.saves += 1;
          this.#moved();
          await this.disk(position);
          this.positions.set(key, position);
          this.#moved();
        },
        drop: async (unwanted) => {
          for (const [key, position] of this.positions) if (unwanted(key, position)) this.positions.delete(key);
        },
      },
      emit: async (events) => {
        this.appends += 1;
        for (const event of events) {
          this.offered.push(event);
          this.#moved();
          await this.sink(event);
          this.emitted.push(event);
          this.#moved();
        }
      },
      call: callApi,
      publicUrl: this.publicUrl,
      bodyBytesMax: this.bodyBytesMax,
      changed: () => {
        this.changes += 1;
        this.#moved();
      },
    };
  }
}

/** An instance of a kind in namespace `default`, named `it`. */
export function instance(kind: string, spec: unknown, more: Partial<SourceInstance> = {}): SourceInstance {
  return { namespace: 'default', name: 'it', kind, spec, secrets: new Map(), ...more };
}

/** A promise and what settles it. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

/** What a kind says of itself that is made for a test. */
export const NOTHING_SAID: SourceKind['about'] = {
  arrives: '',
  permissions: '',
  order: '',
  duplicates: '',
  position: '',
};
