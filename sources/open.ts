import { RefusedError, UnavailableError, quoted } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import { overridden } from './ce-overrides.ts';
import type { SourceInstance, SourceKind, SourcePorts } from './kind.ts';
import { SOURCE_KINDS } from './kinds.ts';
import { orLetters } from './or-letters.ts';
import { RefusalLog } from './refusal-log.ts';
import { type RegistrationPorts, keepRegistered } from './registration.ts';
import { runSource, type RunnerPorts } from './runner.ts';
import { sourceKey } from './source-key.ts';
import type { WebhookRequest } from './source.ts';
import { type Fact, type SourceStatus, SourceTally } from './status.ts';
import { type WebhookAnswer, answerWebhook } from './webhook.ts';

/** A source that runs. Disposal stops it within a second, waits for that, and is idempotent; what it registered stays, for the next process. */
export interface OpenSource extends AsyncDisposable {
  /** How it stands, now. */
  status(): SourceStatus;
  /** Answers a request to its address (`webhookPath`); undefined: it has none. After disposal: 503 `shutting-down`. Rejects only for a bug. */
  readonly webhook: ((request: WebhookRequest) => Promise<WebhookAnswer>) | undefined;
}

/** Starts a source of whatever kind. Throws `RefusedError`: `secret-missing`, `resource-invalid`, `resource-unsupported` (no such kind); then nothing runs. */
export function openSource(
  instance: SourceInstance,
  ports: SourcePorts,
  kinds: readonly SourceKind[] = SOURCE_KINDS,
): OpenSource {
  return new RunningSource(kindOf(instance, kinds), instance, ports);
}

/** The condition of a kind that says whether it runs. */
export function conditionOf(kind: string): string {
  return SOURCE_KINDS.find((one) => one.kind.toLowerCase() === kind.toLowerCase())?.condition ?? 'Deployed';
}

class RunningSource implements OpenSource {
  readonly webhook: OpenSource['webhook'];
  readonly #stop = new AbortController();
  readonly #tally: SourceTally;
  readonly #changed: () => void;
  readonly #ended: Promise<unknown>;
  #conditions: Readonly<Record<string, Fact>> = {};
  #fields: Readonly<Record<string, unknown>>;

  constructor(kind: SourceKind, instance: SourceInstance, ports: SourcePorts) {
    // All that can refuse the instance comes before anything runs.
    const start = kind.start?.(instance, ports);
    const webhook = kind.webhook?.(instance, ports);
    const registration = kind.registration?.(instance, ports);
    this.#fields = kind.fields?.(instance) ?? {};
    const key = sourceKey(instance);
    const emit = (events: readonly CloudEvent[]): Promise<void> =>
      ports.emit(events.map((event) => overridden(event, instance.ceOverrides)));
    const tally = new SourceTally(instance, ports);
    this.#tally = tally;
    this.#changed = ports.changed;
    const signal = this.#stop.signal;
    if (webhook) {
      const { bodyBytesMax } = ports;
      // A kind reads its spec for that, which would cost more than the rest of a request.
      const forEver = kind.sendsForEver?.(instance) === true;
      const answering = {
        webhook,
        methods: kind.methods ?? ['POST'],
        signal,
        emit: (events: readonly CloudEvent[]) =>
          forEver ? orLetters(events, emit, instance) : emit(events).then(() => events),
        tally,
        refusals: new RefusalLog(ports, key),
        bodyBytesMax,
      };
      const stopped = {
        ...answering,
        emit: () => Promise.reject(new UnavailableError('shutting-down', 'the source is being stopped; send it again')),
      };
      this.webhook = (request) => answerWebhook(signal.aborted ? stopped : answering, request);
    } else this.webhook = undefined;
    if (webhook && !start && !registration) this.#conditions = { [kind.condition]: { ok: true } };
    const told = (fact: Fact, fields?: Readonly<Record<string, unknown>>): void =>
      this.#tell(kind.condition, fact, fields);
    // Not before the caller has what it opened: `changed` makes it ask for the status.
    this.#ended = Promise.resolve().then(() =>
      Promise.all([
        start ? runSource(start, { ...ports, tally, key, emit, ...this.#told(kind.condition) }, signal) : undefined,
        registration
          ? keepRegistered(registration, registrationPorts(instance, ports), {
              signal,
              told: (fact, done) => told(fact, done?.fields),
            })
          : undefined,
      ]),
    );
  }

  status(): SourceStatus {
    return { ...this.#tally.counts, conditions: this.#conditions, fields: this.#fields };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** What a run says of itself: the condition of its kind, and those that it reached. */
  #told(condition: string): Pick<RunnerPorts, 'running' | 'reached'> {
    const all = new Set<string>();
    return {
      running: (fact) => {
        if (!fact.ok) for (const one of all) this.#tell(one, fact);
        this.#tell(condition, fact);
      },
      reached: (conditions) => {
        for (const one of conditions) this.#tell(one, { ok: true });
        for (const one of conditions) all.add(one);
      },
    };
  }

  #tell(condition: string, fact: Fact, fields: Readonly<Record<string, unknown>> = this.#fields): void {
    if (this.#stop.signal.aborted) return;
    const before = JSON.stringify([this.#conditions[condition], this.#fields]);
    this.#conditions = { ...this.#conditions, [condition]: fact };
    this.#fields = fields;
    if (JSON.stringify([fact, fields]) !== before) this.#changed();
  }
}

/** What registering needs of the process. */
export function registrationPorts(instance: SourceInstance, ports: Omit<SourcePorts, 'emit'>): RegistrationPorts {
  const { clock, random, log, positions, publicUrl } = ports;
  return { clock, random, log, positions, publicUrl, instance, key: sourceKey(instance) };
}

/** The kind of an instance. Throws `resource-unsupported`. */
export function kindOf(instance: SourceInstance, kinds: readonly SourceKind[]): SourceKind {
  const kind = kinds.find(({ kind }) => kind === instance.kind);
  if (!kind)
    throw new RefusedError(
      'resource-unsupported',
      `kind: ${quoted(instance.kind)} is not a source that runs here; there are ${kinds.map(({ kind }) => kind).join(', ')}`,
      { path: 'kind' },
    );
  return kind;
}
