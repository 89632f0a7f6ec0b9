import type { CloudEvent } from '../../events/event.ts';
import { attribute } from '../../events/event.ts';
import type { LogFields } from '../../events/log.ts';
import { callApi } from '../../sources/api-call.ts';
import type { SourceInstance, SourceKind, SourcePorts } from '../../sources/kind.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Everything a source is opened in, and what it left there. */
export class SourceWorld {
  readonly clock: FakeClock;
  readonly emitted: CloudEvent[] = [];
  readonly positions = new Map<string, string>();
  readonly lines: { readonly level: string; readonly name: string; readonly fields: LogFields }[] = [];
  readonly series = new Map<string, number>();
  changes = 0;
  /** How many times something was emitted, whatever the number of events. */
  appends = 0;
  readonly #watchers: (() => void)[] = [];
  publicUrl: string | undefined = 'https://weir.example.com';
  bodyBytesMax = 1024 * 1024;
  /** What the sink does before it accepts. */
  sink: (event: CloudEvent) => Promise<void> = async () => undefined;
  /** What the disk does before it keeps a position. */
  disk: (position: string) => Promise<void> = async () => undefined;

  constructor(now = '2026-01-01T00:00:00Z') {
    this.clock = new FakeClock(Date.parse(now));
  }

  get ids(): (string | undefined)[] {
    return this.emitted.map((event) => attribute(event, 'id'));
  }

  /** The names of the log lines at `warn` and above. */
  get warnings(): string[] {
    return this.lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ name }) => name);
  }

  /** Resolves as soon as `met`: looked at after each log line, each change of a status, and at once. */
  async until(met: () => boolean): Promise<void> {
    while (!met()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
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
      clock: this.clock,
      random: () => 0,
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      metrics: {
        counter: (name, _help, labels = {}) => ({
          add: (count) => {
            const series = `${name}${JSON.stringify(labels)}`;
            this.series.set(series, (this.series.get(series) ?? 0) + count);
          },
        }),
        histogram: () => ({ observe: () => undefined }),
        gauge: () => undefined,
      },
      positions: {
        get: async (key) => this.positions.get(key),
        save: async (key, position) => {
          await this.disk(position);
          this.positions.set(key, position);
        },
        drop: async (unwanted) => {
          for (const [key, position] of this.positions) if (unwanted(key, position)) this.positions.delete(key);
        },
      },
      emit: async (events) => {
        this.appends += 1;
        for (const event of events) {
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
