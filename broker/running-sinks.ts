import { isDeepStrictEqual } from 'node:util';
import { RefusedError, UnavailableError } from '../events/errors.ts';
import type { Clock } from '../events/clock.ts';
import type { Log } from '../events/log.ts';
import type { Random } from '../events/random.ts';
import type { Fact, SinkName, SinkPlan } from '../resources/plan.ts';
import { errorText } from '../sources/redact.ts';
import type { EventSink, SinkKind } from '../triggers/sinks/sink.ts';
import { RetryTimer } from './retry-timer.ts';

/** What running sinks needs of the process. */
export interface SinksParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Called when facts may have changed. */
  readonly changed: () => void;
  readonly kinds?: readonly SinkKind[];
}

/** The sinks of a process: opened, exchanged and closed as the plan says, and prepared again and again until that works. */
export class RunningSinks {
  readonly #parts: SinksParts;
  readonly #running = new Map<string, RunningSink>();
  /** Those that were exchanged or are gone, until they are closed. */
  readonly #closing = new Set<Promise<void>>();
  #kinds: readonly SinkKind[] | undefined;

  constructor(parts: SinksParts) {
    this.#parts = parts;
  }

  /** Makes these the sinks that run; those that did not change are not touched. Never rejects because of one of them. */
  async apply(plans: readonly SinkPlan[]): Promise<void> {
    const wanted = new Map(plans.map((plan) => [keyOf(plan), plan]));
    // The code of every kind is loaded with the first sink, as most processes have none.
    if (wanted.size > 0) this.#kinds ??= this.#parts.kinds ?? (await import('../triggers/sinks/kinds.ts')).SINK_KINDS;
    const kinds = this.#kinds ?? [];
    for (const [key, running] of this.#running) {
      const next = wanted.get(key);
      if (next && isDeepStrictEqual(facts(running.plan), facts(next))) continue;
      this.#running.delete(key);
      this.#close(running);
    }
    for (const [key, plan] of wanted)
      if (!this.#running.has(key)) this.#running.set(key, new RunningSink(plan, { ...this.#parts, kinds }));
  }

  /** The condition of its kind that says whether it works; undefined: not known yet. */
  fact(name: SinkName): Fact | undefined {
    return this.#running.get(keyOf(name))?.fact;
  }

  find(name: SinkName): EventSink | undefined {
    return this.#running.get(keyOf(name))?.sink;
  }

  /** Closes all. */
  async stop(): Promise<void> {
    for (const running of this.#running.values()) this.#close(running);
    this.#running.clear();
    await Promise.all(this.#closing);
  }

  #close(running: RunningSink): void {
    const closing = running
      .close()
      .catch((error: unknown) =>
        this.#parts.log.error('sink.close-failed', { sink: keyOf(running.plan), error: String(error) }),
      )
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

class RunningSink {
  readonly plan: SinkPlan;
  readonly sink: EventSink | undefined;
  fact: Fact | undefined;
  readonly #parts: SinksParts;
  readonly #stop = new AbortController();
  readonly #retry: RetryTimer;
  /** It is to be prepared again, when its time comes. */
  #due = false;

  constructor(plan: SinkPlan, parts: SinksParts) {
    this.plan = plan;
    this.#parts = parts;
    this.#retry = new RetryTimer(parts.clock, () => this.#begin());
    this.sink = this.#open();
    if (this.sink) this.#begin();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#retry.cancel();
    await this.sink?.[Symbol.asyncDispose]();
  }

  #open(): EventSink | undefined {
    const { plan } = this;
    if (plan.waiting !== undefined) return undefined;
    try {
      const kind = this.#parts.kinds?.find((one) => one.kind === plan.kind);
      const sink = kind?.open(plan, this.#parts);
      return sink && this.#heard(sink);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.fact = { ok: false, reason: 'SinkRefused', message: error.message };
      return undefined;
    }
  }

  /** What a sink says of its server reaches attempts, logs and senders: without its secrets. And whether the server is still there is looked after. */
  #heard(sink: EventSink): EventSink {
    const said = (error: unknown): string => errorText(error, this.plan.secrets.values());
    return {
      prepare: (signal) => sink.prepare(signal),
      put: async (event, signal) => {
        try {
          await sink.put(event, signal);
        } catch (error) {
          if (error instanceof RefusedError) throw new RefusedError(error.code, said(error), { cause: error });
          if (!(error instanceof UnavailableError)) throw error;
          this.#again();
          const { code, retryAfterMs } = error;
          throw new UnavailableError(code, said(error), {
            cause: error,
            ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
          });
        }
      },
      [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
    };
  }

  #again(): void {
    if (this.#due || this.#stop.signal.aborted) return;
    this.#due = true;
    this.#retry.failed();
  }

  #begin(): void {
    this.#due = false;
    void this.#prepare().then(() => this.#parts.changed());
  }

  async #prepare(): Promise<void> {
    try {
      await this.sink?.prepare(this.#stop.signal);
      this.fact = { ok: true };
      this.#retry.done();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const message = errorText(error, this.plan.secrets.values());
      this.fact = { ok: false, reason: 'SinkUnavailable', message };
      this.#parts.log.warn('sink.not-ready', { sink: keyOf(this.plan), error: message });
      this.#again();
    }
  }
}

function keyOf({ namespace, kind, name }: SinkName): string {
  return `${namespace}/${kind.toLowerCase()}/${name}`;
}

/** What a sink must be opened anew for. */
function facts({ uid, spec, secrets, waiting }: SinkPlan): unknown {
  return [uid, spec, secrets, waiting];
}
