import type { PostgresOperation } from '../../crds/postgres-source.ts';
import { tableOf } from '../../crds/postgres-source.ts';
import { pause } from '../../events/clock.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { CloudEvent } from '../../events/event.ts';
import { Arrival } from '../arrival.ts';
import { offer, type OfferPorts } from '../offer.ts';
import { decodePgOutput } from './pgoutput.ts';
import { hidesPrimaryKey, postgresEvent } from './event.ts';
import { type CopyLink, postgresLink, type PostgresLink, postgresSaid, type PostgresServer } from './link.ts';
import { type Lsn, lsnText, type PostgresPosition, positionOf, positionText } from './lsn.ts';
import { type Change, type ChangeBatch, ChangeQueue } from './queue.ts';
import {
  identify,
  type PostgresNames,
  preparePublication,
  prepareSlot,
  primaryKeyOf,
  slotLag,
  startStatement,
} from './slot.ts';
import type { Source, SourceContext } from '../source.ts';
import { unlessAborted } from '../within.ts';
import { sourceKey } from '../source-key.ts';

/** How often the server is told how far we are, at least, and asked for the lag. It gives up after a minute without. */
const LOOK_MS = 10_000;
/** A server with nothing to say says so every 30 seconds. */
const SILENT_MS = 90_000;
const EPOCH_MS = 946_684_800_000;

/** Whose changes, and which of them. */
export interface PostgresConfig extends OfferPorts {
  readonly server: PostgresServer;
  readonly names: PostgresNames;
  readonly operations: readonly PostgresOperation[];
}

/**
 * Emits the changes of rows by logical replication. Whole transactions go together, small ones many at a time, in the order of their commits; one that is too large for one append goes in pieces. The server is told that it may forget
 * a transaction after its events are accepted and that is saved; while they wait it is told that we are there. Rejects when a connection is lost.
 *
 * Position: the place in the log, and in a transaction that is not through, that all before is accepted. A server that was killed begins at its last checkpoint: what lies before the position is left out.
 */
export const postgresChanges: Source<PostgresConfig> = async (config, context) => {
  const { server, clock } = config;
  const { signal } = context;
  try {
    await using link = await postgresLink(server, { clock, signal, replication: false });
    await using log = await postgresLink(server, { clock, signal, replication: true });
    const from = await unlessAborted(prepare(config, context, { link, log }), signal);
    await new ChangeRun(config, context, { link, from }).run(log);
  } catch (error) {
    if (!signal.aborted) throw postgresSaid(error, server);
  }
};

/** Sees to publication and slot, and answers where to go on. */
async function prepare(
  config: PostgresConfig,
  context: SourceContext,
  { link, log }: { readonly link: PostgresLink; readonly log: PostgresLink },
): Promise<PostgresPosition> {
  const { names, namespace, name, kind } = config;
  const source = sourceKey({ namespace, kind, name });
  await preparePublication(link, names);
  const missing = await prepareSlot(link, names.slot);
  const saved = positionOf(context.position);
  const { system, written } = await identify(log);
  if (!saved) return { system, lsn: 0n, index: 0 };
  if (saved.system !== system || saved.lsn > written) {
    // Another server's log, or this one's before a backup was restored: the same numbers stand for other changes.
    config.log.warn('source.log-replaced', {
      source,
      was: context.position,
      system,
      what: 'it begins where the slot is',
    });
    return { system, lsn: 0n, index: 0 };
  }
  if (missing) {
    const what = 'changes between were not kept by the server';
    config.log.warn('source.slot-created', { source, slot: names.slot, was: context.position, what });
  }
  return saved;
}

/** One run, until it is aborted or a part of it fails. */
class ChangeRun {
  readonly #config: PostgresConfig;
  readonly #context: SourceContext;
  readonly #link: PostgresLink;
  readonly #from: PostgresPosition;
  readonly #queue: ChangeQueue;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  /** By table, asked for once. The server tells of a table anew whenever it may have changed: what it told before goes. */
  readonly #primaryKeys = new WeakMap<Change['relation'], Promise<readonly string[]>>();
  #copy: CopyLink | undefined;
  #paused = false;
  #emitting = false;
  #heardMs: number;
  #received: Lsn = 0n;
  /** Up to here the server may forget. */
  #flushed: Lsn;
  readonly #arrival: Arrival;

  constructor(
    config: PostgresConfig,
    context: SourceContext,
    { link, from }: { readonly link: PostgresLink; readonly from: PostgresPosition },
  ) {
    const tables = config.names.tables?.map(tableOf).map(({ schema, name }) => `${schema}.${name}`);
    this.#config = config;
    this.#context = context;
    this.#link = link;
    this.#from = from;
    this.#flushed = from.lsn;
    this.#heardMs = config.clock.now();
    this.#signal = AbortSignal.any([context.signal, this.#failed.signal]);
    this.#arrival = new Arrival(this.#signal);
    this.#queue = new ChangeQueue({ operations: new Set(config.operations), tables: tables && new Set(tables), from });
  }

  async run(log: PostgresLink): Promise<void> {
    const broken = Promise.withResolvers<never>();
    const lost = Promise.race([log.lost, this.#link.lost, broken.promise]).finally(() => this.#failed.abort());
    lost.catch(() => undefined);
    const take = (piece: Buffer): void => {
      try {
        this.#take(piece);
      } catch (error) {
        broken.reject(error);
      }
    };
    const statement = startStatement(this.#config.names, lsnText(this.#from.lsn));
    this.#copy = await unlessAborted(log.copy(statement, take), this.#context.signal);
    const tasks = [this.#emit(), this.#look()];
    try {
      await Promise.race([lost, Promise.all(tasks)]);
    } finally {
      this.#failed.abort();
      await Promise.allSettled(tasks);
      this.#tell();
    }
  }

  /** A piece of the log, or a sign of life. [PostgreSQL "Streaming Replication Protocol"] */
  #take(piece: Buffer): void {
    this.#heardMs = this.#config.clock.now();
    const tag = String.fromCharCode(piece.readUInt8(0));
    const place = piece.readBigUInt64BE(1);
    if (place > this.#received) this.#received = place;
    if (tag === 'w') {
      const bytes = piece.subarray(25);
      this.#queue.add(decodePgOutput(bytes), bytes.length);
      this.#arrival.came();
      if (this.#queue.full && !this.#paused) {
        this.#paused = true;
        this.#copy?.pause();
      }
    } else if (tag === 'k') {
      // All that concerns us before this place has come, and is accepted: the rest of the log need not be kept for us.
      if (this.#queue.empty && !this.#emitting && place > this.#flushed) this.#flushed = place;
      if (piece.readUInt8(17) === 1) this.#tell();
    }
  }

  async #emit(): Promise<void> {
    while (!this.#signal.aborted) {
      const batch = this.#queue.take();
      if (!batch) {
        await this.#arrival.wait();
        continue;
      }
      this.#emitting = true;
      await this.#accept(batch);
      this.#emitting = false;
      if (this.#paused && !this.#queue.full) {
        this.#paused = false;
        this.#heardMs = this.#config.clock.now();
        this.#copy?.resume();
      }
    }
  }

  async #accept({ changes, reached, flushed }: ChangeBatch): Promise<void> {
    if (changes.length > 0) {
      const events: CloudEvent[] = [];
      for (const change of changes) {
        const key = hidesPrimaryKey(change) ? await unlessAborted(this.#primaryKey(change), this.#signal) : [];
        events.push(postgresEvent(change, this.#config.server, key));
      }
      await offer(events, { emit: this.#context.emit, signal: this.#signal }, this.#config);
      await this.#context.save(positionText({ system: this.#from.system, ...reached }));
    }
    if (flushed !== undefined && flushed > this.#flushed) this.#flushed = flushed;
    this.#tell();
  }

  #primaryKey({ relation }: Change): Promise<readonly string[]> {
    const known = this.#primaryKeys.get(relation);
    if (known) return known;
    const asked = primaryKeyOf(this.#link, relation.id);
    this.#primaryKeys.set(relation, asked);
    return asked;
  }

  async #look(): Promise<void> {
    const { clock, names } = this.#config;
    while (!this.#signal.aborted) {
      this.#tell();
      this.#context.tell({ lag: await unlessAborted(slotLag(this.#link, names.slot), this.#signal) });
      if (!this.#paused && clock.now() - this.#heardMs > SILENT_MS)
        throw new UnavailableError('source-unavailable', `postgres at ${this.#config.server.host} is silent`);
      await pause(clock, LOOK_MS, this.#signal);
    }
  }

  /** Tells the server how far we are. [PostgreSQL "Standby status update"] */
  #tell(): void {
    const status = Buffer.alloc(34);
    status.write('r');
    status.writeBigUInt64BE(this.#received > this.#flushed ? this.#received : this.#flushed, 1);
    status.writeBigUInt64BE(this.#flushed, 9);
    status.writeBigUInt64BE(this.#flushed, 17);
    status.writeBigInt64BE(BigInt(this.#config.clock.now() - EPOCH_MS) * 1000n, 25);
    this.#copy?.send(status);
  }
}
