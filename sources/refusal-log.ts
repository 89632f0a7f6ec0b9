import type { Clock } from '../events/clock.ts';
import type { Log } from '../events/log.ts';
import type { Refusal } from './source.ts';

const QUIET_MS = 60_000;

/** Logs what a webhook refuses: of each status and code a line a minute, that says how many there were since the one before. Whoever reaches the address would else fill the log. */
export class RefusalLog {
  readonly #log: Log;
  readonly #clock: Clock;
  /** `<namespace>/<kind>/<name>`. */
  readonly #source: string;
  readonly #said = new Map<string, { readonly atMs: number; unsaid: number }>();

  constructor({ log, clock }: { readonly log: Log; readonly clock: Clock }, source: string) {
    this.#log = log;
    this.#clock = clock;
    this.#source = source;
  }

  /** `message` holds no secret. */
  refused({ status, code, message }: Pick<Refusal, 'status' | 'code' | 'message'>): void {
    const kind = `${status} ${code}`;
    const before = this.#said.get(kind);
    const atMs = this.#clock.now();
    if (before && atMs >= before.atMs && atMs - before.atMs < QUIET_MS) {
      before.unsaid += 1;
      return;
    }
    this.#said.set(kind, { atMs, unsaid: 0 });
    const more = before?.unsaid ? { more: before.unsaid } : {};
    this.#log.warn('source.refused', { source: this.#source, status, code, error: message, ...more });
  }
}
