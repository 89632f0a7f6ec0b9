import type { Clock } from '../events/clock.ts';
import { RefusedError, UnavailableError } from '../events/errors.ts';
import type { Log } from '../events/log.ts';
import type { Counter, Metrics } from '../events/metrics.ts';
import { attribute, type CloudEvent } from '../events/event.ts';
import { DEAD_LETTER_TYPE } from './dead-letter.ts';
import type { SourceInstance } from './kind.ts';
import { errorText } from './redact.ts';
import type { SourceFacts } from './source.ts';
import { sourceKey } from './source-key.ts';

/** One thing known of a source; becomes a condition. `reason` is CamelCase, `message` one line. */
export type Fact = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly message: string };

/** The last thing that went wrong: never with a secret in it. */
export interface LastError {
  readonly atMs: number;
  readonly code?: string;
  readonly message: string;
}

/** What a source did since it was opened. */
export interface SourceCounts {
  /** Events its sink accepted. */
  readonly emitted: number;
  /** What it knows of and never emitted: missed ticks, event types nobody asked for. */
  readonly skipped: number;
  /** Requests that were refused, and runs that ended with an error. */
  readonly failures: number;
  /** Runs that were begun again. */
  readonly restarts: number;
  /** Of those emitted: dead letters, which stand for what could not become an event. */
  readonly deadLetters: number;
  /** How much is there that it did not fetch yet; undefined: its kind does not know. */
  readonly lag?: number;
  /** When its sink last accepted an event. */
  readonly lastEventAtMs?: number;
  readonly lastError?: LastError;
}

/** How a source stands: counts, conditions (one that is missing is not known yet), and what its kind adds to the resource's status. */
export interface SourceStatus extends SourceCounts {
  readonly conditions: Readonly<Record<string, Fact>>;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Counts what one source does, for its status and for the metrics. */
export class SourceTally {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #key: string;
  readonly #secrets: readonly string[];
  readonly #series: Readonly<Record<'emitted' | 'skipped' | 'failures' | 'restarts' | 'dead_letters', Counter>>;
  #emitted = 0;
  #skipped = 0;
  #failures = 0;
  #restarts = 0;
  #deadLetters = 0;
  #lag: number | undefined;
  #lastEventAtMs: number | undefined;
  #lastError: LastError | undefined;

  constructor(
    instance: Pick<SourceInstance, 'namespace' | 'kind' | 'name' | 'secrets'>,
    ports: { readonly clock: Clock; readonly metrics: Metrics; readonly log: Log },
  ) {
    const labels = { namespace: instance.namespace, kind: instance.kind, name: instance.name };
    const series = (name: string, help: string): Counter =>
      ports.metrics.counter(`weir_source_${name}_total`, help, labels);
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#key = sourceKey(instance);
    this.#secrets = [...instance.secrets.values()];
    this.#series = {
      emitted: series('emitted', 'Events that the sink of a source accepted.'),
      skipped: series(
        'skipped',
        'What a source knows of and never emitted: missed ticks, event types nobody asked for.',
      ),
      failures: series(
        'failures',
        'Webhook requests that were refused, and runs of a source that ended with an error.',
      ),
      restarts: series('restarts', 'Runs of a source that were begun again.'),
      dead_letters: series(
        'dead_letters',
        'What came to a source and could not become an event: emitted as a dead letter.',
      ),
    };
  }

  get counts(): SourceCounts {
    return {
      emitted: this.#emitted,
      skipped: this.#skipped,
      failures: this.#failures,
      restarts: this.#restarts,
      deadLetters: this.#deadLetters,
      ...(this.#lag === undefined ? {} : { lag: this.#lag }),
      ...(this.#lastEventAtMs === undefined ? {} : { lastEventAtMs: this.#lastEventAtMs }),
      ...(this.#lastError ? { lastError: this.#lastError } : {}),
    };
  }

  /** Its sink accepted them. */
  emitted(events: readonly CloudEvent[]): void {
    if (events.length === 0) return;
    this.#emitted += events.length;
    this.#series.emitted.add(events.length);
    this.#lastEventAtMs = this.#clock.now();
    for (const event of events) if (attribute(event, 'type') === DEAD_LETTER_TYPE) this.#deadLetter(event);
  }

  #deadLetter(event: CloudEvent): void {
    this.#deadLetters += 1;
    this.#series.dead_letters.add(1);
    const reason = event.attributes.get('deadletterreason');
    this.#log.warn('source.dead-letter', { source: this.#key, id: attribute(event, 'id'), reason });
  }

  told({ skipped, lag }: SourceFacts): void {
    if (skipped !== undefined) {
      this.#skipped += skipped;
      this.#series.skipped.add(skipped);
    }
    if (lag !== undefined) this.#lag = lag;
  }

  restarted(): void {
    this.#restarts += 1;
    this.#series.restarts.add(1);
  }

  /** Counts a failure and answers what may be said of it. */
  failed(error: unknown): LastError {
    this.#failures += 1;
    this.#series.failures.add(1);
    const code = error instanceof RefusedError || error instanceof UnavailableError ? { code: error.code } : {};
    this.#lastError = { atMs: this.#clock.now(), ...code, message: errorText(error, this.#secrets) };
    return this.#lastError;
  }
}
