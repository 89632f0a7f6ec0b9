import { pause } from '../../events/clock.ts';
import type { CloudEvent } from '../../events/event.ts';
import { offer, type OfferPorts } from '../offer.ts';
import {
  acknowledge,
  claimIdle,
  groupFacts,
  joinGroup,
  lastId,
  readGroup,
  type RedisBatch,
  type RedisEntry,
} from './group.ts';
import { isEntryId, justBelow, liesBefore } from './id.ts';
import { redisLink, redisSaid, type RedisLink, type RedisServer } from './link.ts';
import type { Source, SourceContext } from '../source.ts';
import { sourceKey } from '../source-key.ts';

const BLOCK_MS = 5000;
/** How often the lag is asked for and the position saved. */
const LOOK_MS = 10_000;
/** Every so many looks, what others left lying is taken over. */
const CLAIM_LOOKS = 6;
/** How long after abort what was accepted meanwhile may still be acknowledged. */
const FINISH_MS = 900;

/** Which stream, by which group, and what its entries are. */
export interface RedisStreamConfig extends OfferPorts {
  readonly server: RedisServer;
  readonly stream: string;
  readonly group: string;
  readonly consumers: number;
  /** Where a group that is created begins: with the oldest entry, or (as in Knative) with what is added from then on. */
  readonly start?: 'earliest' | 'latest';
  /** The events of an entry, dead letters among them; must not throw. None: it is acknowledged, and that was it. */
  readonly read: (entry: RedisEntry) => readonly CloudEvent[];
}

/**
 * Emits the entries of a stream, as a group and by so many consumers. Each consumer reads on while what it read is emitted, one batch after the other, so at most two batches per consumer are under way; an entry
 * is acknowledged after its events are accepted. What a consumer had read and not acknowledged comes first when it begins again; what others left lying is taken over. Rejects when a connection is lost.
 *
 * A group that is missing is created at `start`; but where this source had come to, if the server lost the group. Position: the id up to which everything is accepted, and of which stream; it is for that case
 * alone. The group stays when the source stops.
 */
export const redisStream: Source<RedisStreamConfig> = async (config, context) => {
  const late = new AbortController();
  const finish = (): void => void (cancel = config.clock.after(FINISH_MS, () => late.abort()));
  let cancel = (): void => undefined;
  context.signal.addEventListener('abort', finish, { once: true });
  try {
    using link = await redisLink(config.server, config.clock, late.signal);
    await new StreamRun(config, context, link).run();
  } catch (error) {
    if (!context.signal.aborted) throw redisSaid(error, config.server);
  } finally {
    context.signal.removeEventListener('abort', finish);
    cancel();
  }
};

/** One run, until it is aborted or a part of it fails. */
class StreamRun {
  readonly #config: RedisStreamConfig;
  readonly #context: SourceContext;
  /** For all commands but the reading, which blocks a connection. */
  readonly #link: RedisLink;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #underWay = new Set<string>();
  /** The highest id that was accepted. */
  #reached: string | undefined;
  #saved: string | undefined;

  constructor(config: RedisStreamConfig, context: SourceContext, link: RedisLink) {
    this.#config = config;
    this.#context = context;
    this.#link = link;
    this.#signal = AbortSignal.any([context.signal, this.#failed.signal]);
    const [id = ''] = (context.position ?? '').split(' ');
    this.#saved = isEntryId(id) && context.position === this.#position(id) ? id : undefined;
  }

  async run(): Promise<void> {
    await this.#join();
    const tasks = [this.#look(), ...Array.from({ length: this.#config.consumers }, (_, i) => this.#consume(i))];
    try {
      await Promise.all(tasks);
    } finally {
      this.#failed.abort();
      await Promise.allSettled(tasks);
    }
    await this.#save();
  }

  async #join(): Promise<void> {
    const { namespace, name, kind, log, stream, group, start } = this.#config;
    // A stream that does not reach that far was made anew: all that is in it came since.
    const anew = this.#saved !== undefined && liesBefore(await lastId(this.#link, stream), this.#saved);
    if (anew) this.#saved = '0-0';
    const missing = await joinGroup(this.#link, this.#config, this.#saved ?? (start === 'earliest' ? '0' : '$'));
    if (missing && this.#saved !== undefined) {
      const source = sourceKey({ namespace, kind, name });
      log.warn('source.group-created', { source, stream, group, after: this.#saved, what: 'the server had lost it' });
    }
    // So that a group that is lost before anything came begins where this one began.
    this.#reached = this.#saved ?? (await groupFacts(this.#link, this.#config)).delivered;
    await this.#save();
  }

  async #consume(index: number): Promise<void> {
    const { server, clock } = this.#config;
    const consumer = this.#consumer(index);
    let handling: Promise<void> = Promise.resolve();
    try {
      using link = await redisLink(server, clock, this.#signal);
      let after = '0';
      while (!this.#signal.aborted) {
        const batch = await readGroup(link, this.#config, { consumer, after, blockMs: BLOCK_MS });
        await handling;
        if (after !== '>') after = [...batch.entries.map(({ id }) => id), ...batch.deleted].reduce(later, '') || '>';
        handling = this.#handle(batch);
        // Whoever reads must not wait for the next entry to learn that this one failed.
        handling.catch(() => this.#failed.abort());
      }
    } catch (error) {
      await handling;
      if (!this.#signal.aborted) throw error;
    }
    await handling;
  }

  /** Resolves when all of it is accepted and acknowledged. */
  async #handle({ entries, deleted }: RedisBatch): Promise<void> {
    // What is under way was only read twice, by one who takes over: whoever has it settles it.
    const fresh = entries.filter(({ id }) => !this.#underWay.has(id));
    const ids = fresh.map(({ id }) => id);
    for (const id of ids) this.#underWay.add(id);
    try {
      if (deleted.length > 0) this.#context.tell({ skipped: deleted.length });
      const events = fresh.flatMap((entry) => this.#config.read(entry));
      const context = { emit: this.#context.emit, signal: this.#signal };
      if (events.length > 0) await offer(events, context, this.#config);
      await acknowledge(this.#link, this.#config, [...ids, ...deleted]);
      this.#reached = ids.reduce(later, this.#reached ?? '0-0');
    } finally {
      for (const id of ids) this.#underWay.delete(id);
    }
  }

  async #look(): Promise<void> {
    for (let looks = 0; !this.#signal.aborted; looks += 1) {
      const { lag } = await groupFacts(this.#link, this.#config);
      this.#context.tell(lag === undefined ? {} : { lag });
      if (looks % CLAIM_LOOKS === 0) await this.#claim();
      await this.#save();
      await pause(this.#config.clock, LOOK_MS, this.#signal);
    }
  }

  async #claim(): Promise<void> {
    const consumer = this.#consumer(0);
    for (let cursor = '0-0'; !this.#signal.aborted;) {
      const { next, ...batch } = await claimIdle(this.#link, this.#config, { consumer, cursor });
      await this.#handle(batch);
      if (next === '0-0') return;
      cursor = next;
    }
  }

  async #save(): Promise<void> {
    const reached = [...this.#underWay].reduce<string | undefined>(
      (floor, id) => (floor === undefined || liesBefore(id, floor) ? justBelow(id) : floor),
      this.#reached,
    );
    if (reached === undefined || reached === this.#saved) return;
    await this.#context.save(this.#position(reached));
    this.#saved = reached;
  }

  // An id says nothing of another stream.
  #position(id: string): string {
    const { server, stream } = this.#config;
    return `${id} ${server.host}:${server.port}/${server.db} ${stream}`;
  }

  // The same in every process, so that the next one finds what this one had read.
  #consumer(index: number): string {
    return `${this.#config.namespace}/${this.#config.name}/${index}`;
  }
}

function later(a: string, b: string): string {
  return a === '' || liesBefore(a, b) ? b : a;
}
