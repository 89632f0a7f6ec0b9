import { isDeepStrictEqual } from 'node:util';
import { Changing } from '../../events/changing.ts';
import type { Clock } from '../../events/clock.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { Turns } from '../../events/turns.ts';
import type { Status } from '../../crds/conditions.ts';
import { identityKey, identityText, type Identity } from '../../crds/identity.ts';
import type { Declared, Refused, ResourceStore, Snapshot } from '../store.ts';
import { accept } from './accept.ts';
import { applyDocument } from './apply.ts';
import { gather, type Gathered } from './gather.ts';
import { findFiles } from './paths.ts';
import { whole } from './read.ts';
import { RECORDS_FILE, saveRecords, type Known, type Records } from './records.ts';
import { declared, snapshotOf } from './snapshot.ts';
import { Watching } from './watching.ts';
import { Writing } from './writing.ts';

interface Options {
  readonly paths: readonly string[];
  readonly data: string;
  readonly clock: Clock;
  readonly newUid: () => string;
  readonly quietMs?: number;
}

/** The store over files. What reads or changes them runs one after another, in turns. */
export class FilesStore implements ResourceStore {
  readonly #options: Options;
  readonly #watching: Watching;
  readonly #writing: Writing;
  /** How often what they say has changed, the first reading included. */
  readonly #changes = new Changing(0);
  readonly #turns = new Turns();
  readonly #closing = new AbortController();
  #known: Map<string, Known>;
  #gathered: Gathered = { readings: [], found: { files: [], folders: [], unreadable: [] } };
  #refused: readonly Refused[] = [];
  #held: ReadonlyMap<string, string> = new Map();

  constructor(options: Options, known: Records) {
    this.#options = options;
    this.#known = new Map(known);
    this.#watching = new Watching(options.clock, () => void this.refresh(), options.quietMs);
    this.#writing = new Writing(options.clock, () => saveRecords(options.data, this.#known));
  }

  /** Reads the files again; resolves when what they say counts. */
  refresh(): Promise<void> {
    return this.#turns.take(() => this.#read());
  }

  async list(): Promise<Snapshot> {
    this.#checkOpen();
    return this.#snapshot();
  }

  async get(identity: Identity): Promise<Declared | undefined> {
    this.#checkOpen();
    const known = this.#known.get(identityKey(identity));
    return known && declared(known);
  }

  async *watch(signal: AbortSignal): AsyncGenerator<Snapshot> {
    this.#checkOpen();
    const changes = this.#changes.follow(AbortSignal.any([signal, this.#closing.signal]));
    for await (const _times of changes) yield this.#snapshot();
  }

  async apply(document: unknown): Promise<Declared> {
    this.#checkOpen();
    return await this.#turns.take(async () => {
      this.#checkOpen();
      const { paths } = this.#options;
      const identity = await applyDocument({ document, paths, gathered: this.#gathered, known: this.#known });
      await this.#read();
      const result = await this.get(identity);
      if (!result)
        throw new RefusedError('resource-invalid', `${identityText(identity)}: was written, but is gone again`);
      return result;
    });
  }

  async putStatus(identity: Identity, uid: string, status: Status): Promise<void> {
    this.#checkOpen();
    const key = identityKey(identity);
    const known = this.#known.get(key);
    if (known?.uid !== uid || known.removedAtMs !== undefined || isDeepStrictEqual(known.status, status)) return;
    this.#known.set(key, { ...known, status });
    this.#writing.soon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#watching[Symbol.dispose]();
    await this.#turns.take(() => this.#writing[Symbol.asyncDispose]());
  }

  async #read(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const { paths, data, clock, newUid } = this.#options;
    const before = this.#gathered;
    // Followed first, so that what changes while it is read is read again.
    if (paths.length > 0) this.#watching.follow((await findFiles(paths, data)).folders);
    const after = await gather(paths, data, new Map(before.readings.map((reading) => [reading.file, reading])));
    if (this.#changes.value > 0 && unchanged(before, after)) return;
    const { readings, found } = after;
    const accepted = accept({ readings, unreadable: found.unreadable, known: this.#known, nowMs: clock.now(), newUid });
    this.#gathered = after;
    this.#known = new Map(accepted.known);
    this.#refused = accepted.refused;
    this.#held = accepted.held;
    // A uid is durable before anybody acts on it.
    await this.#writing.now();
    this.#changes.set(this.#changes.value + 1);
  }

  #snapshot(): Snapshot {
    const path = `${this.#options.data}/${RECORDS_FILE}`;
    const why = 'cannot be written: uids and statuses would be lost by a restart; make room, or make it writable';
    const problem = this.#writing.problem === undefined ? [] : [whole(path, 'disk-failed', why)];
    const { readings } = this.#gathered;
    return snapshotOf(this.#known, [...this.#refused, ...problem], { held: this.#held, readings });
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new UnavailableError('channel-closed', 'the resource store is closed');
  }
}

function unchanged(before: Gathered, after: Gathered): boolean {
  return (
    before.readings.length === after.readings.length &&
    before.readings.every((reading, i) => reading === after.readings[i]) &&
    isDeepStrictEqual(before.found.unreadable, after.found.unreadable)
  );
}
