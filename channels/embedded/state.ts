import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import type { Answer, FromWorker, Request, StateFailure, ToWorker } from './state-messages.ts';
import { workerUrl } from './worker-url.ts';

interface Waiting {
  readonly request: Request;
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: Error) => void;
}

const SQLITE_FULL = 13;
/** I/O error, corrupt, not a database: the file cannot be trusted any more. */
const SQLITE_BROKEN = new Set([10, 11, 26]);
const RETRY_MS = 1000;

/**
 * The state file of a data folder, in a thread of its own. Requests are carried out in the order they were made; all that came while the last transaction ran go into the next one, in one message. How many
 * may wait is bounded by who asks: deliveries are.
 */
export class StateFile {
  readonly #path: string;
  readonly #worker: Worker;
  readonly #fatal: (error: Error) => void;
  readonly #ended: Promise<void>;
  #waiting: Waiting[] = [];
  #running: readonly Waiting[] | undefined;
  #closed: Error | undefined;
  #idle: (() => void)[] = [];

  private constructor(path: string, worker: Worker, fatal: (error: Error) => void) {
    this.#path = path;
    this.#worker = worker;
    this.#fatal = fatal;
    worker.on('message', (message: FromWorker) => message.kind === 'done' && this.#done(message.results));
    worker.on('error', (error) => this.#died(error));
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#died(new Error('its thread ended'));
        resolve();
      });
    });
  }

  /** Opens the file, or makes it. Rejects `data-folder-damaged` if it is no state file, `channel-unavailable` if it cannot be read now. */
  static async open(path: string, fatal: (error: Error) => void): Promise<StateFile> {
    const worker = new Worker(workerUrl('state-worker'), {
      workerData: path,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    const first = await new Promise<FromWorker>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (first.kind === 'ready') return new StateFile(path, worker, fatal);
    await worker.terminate();
    const failure = first.kind === 'unready' ? first.failure : { errcode: 0, message: 'no answer' };
    throw unopened(path, failure);
  }

  /** Carries out the calls of one request, all or none; they are durable when it resolves. Rejects `channel-full`, `channel-unavailable`; or an assertion, for what SQLite refuses to understand. */
  run(request: Request): Promise<readonly Answer[]> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#send();
    });
  }

  /** Waits for what was asked, then closes the file and ends the thread. */
  async close(): Promise<void> {
    if (this.#running || this.#waiting.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#closed ??= new UnavailableError('channel-closed', `${this.#path}: is closed`);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(null);
    await this.#ended;
  }

  #send(): void {
    if (this.#running || this.#waiting.length === 0) return;
    this.#running = this.#waiting;
    this.#waiting = [];
    const message: ToWorker = { requests: this.#running.map(({ request }) => request) };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(message);
  }

  #done(results: readonly (readonly Answer[] | StateFailure)[]): void {
    const running = this.#running ?? [];
    this.#running = undefined;
    for (const [i, { resolve, reject }] of running.entries()) {
      const result = results[i] ?? { errcode: 0, message: 'no answer' };
      if ('errcode' in result) reject(this.#failed(result));
      else resolve(result);
    }
    this.#send();
    if (!this.#running) for (const idle of this.#idle.splice(0)) idle();
  }

  #failed(failure: StateFailure): Error {
    const { errcode, message } = failure;
    if (errcode === SQLITE_FULL)
      return new UnavailableError('channel-full', `${this.#path}: the disk is full; make room`, {
        retryAfterMs: RETRY_MS,
      });
    if (!SQLITE_BROKEN.has(errcode & 0xff)) return new Error(`${this.#path}: ${message}`);
    this.#died(new Error(message));
    return this.#closed ?? new Error(message);
  }

  #died(cause: Error): void {
    if (this.#closed) return;
    const facts = { cause, path: this.#path };
    this.#closed = new UnavailableError(
      'channel-unavailable',
      `${this.#path}: ${cause.message}; the process must be started again`,
      facts,
    );
    for (const { reject } of [...(this.#running ?? []), ...this.#waiting.splice(0)]) reject(this.#closed);
    this.#running = undefined;
    for (const idle of this.#idle.splice(0)) idle();
    this.#fatal(
      new UnavailableError('disk-failed', `${this.#path}: ${cause.message}; check the disk, then start again`, facts),
    );
  }
}

function unopened(path: string, { errcode, message }: StateFailure): Error {
  if (SQLITE_BROKEN.has(errcode & 0xff) && existsSync(path)) {
    return new RefusedError(
      'data-folder-damaged',
      `${path}: ${message}; restore the data folder from a copy, or start with an empty one`,
      { path },
    );
  }
  return new UnavailableError('channel-unavailable', `${path}: ${message}`, { path });
}
