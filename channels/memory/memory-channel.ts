import type { Clock } from '../../events/clock.ts';
import type { Entry } from '../../events/entry.ts';
import { attribute } from '../../events/event.ts';
import { covers } from '../../events/interest.ts';
import { RefusedError, UnavailableError, quoted } from '../../events/errors.ts';
import type { Log } from '../../events/log.ts';
import type { DeadLetter, DeadLetters, Inspectable, SubscriptionState } from '../abilities.ts';
import type { Channel, ChannelFeatures, Handle, Subscription } from '../channel.ts';
import { DeadLetterBox } from './dead-letter-box.ts';
import { entryBytes } from './entry-bytes.ts';
import { EntryStore, type EntryStoreLimits, type Stored } from './entry-store.ts';
import { Member, type Settled } from './member.ts';
import { startIndex } from './start.ts';

/** How much a memory channel keeps. At `bytesMax` it refuses appends; at a budget for dead letters that subscription is held. */
export interface MemoryLimits extends EntryStoreLimits {
  readonly deadLettersMax: number;
  readonly deadLetterBytesMax: number;
  /** The largest event: data and attributes together. */
  readonly eventBytesMax: number;
}

const MIB = 2 ** 20;
/** What holds where nothing else is said: a laptop's share, as a memory channel is for trying things out. */
export const MEMORY_LIMITS: MemoryLimits = {
  bytesMax: 256 * MIB,
  retainedMax: 1000,
  deadLettersMax: 10_000,
  deadLetterBytesMax: 32 * MIB,
  // A body of 1 MiB and the attributes that fit into the headers beside it.
  eventBytesMax: MIB + 128 * 1024,
};

const FEATURES: Omit<ChannelFeatures, 'eventBytesMax'> = {
  durable: false,
  ordered: true,
  competing: false,
  startAt: true,
  atomicAppend: true,
  list: true,
};

/** What a memory channel works with; `limits` replace those of `MEMORY_LIMITS`. */
export interface MemoryOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<MemoryLimits>;
}

/**
 * The port in its plainest form, and its readable specification: everything in Maps, evaluated as it is appended, gone with the process.
 * What another channel does otherwise, to be durable or quick, must look like this from outside; the conformance suite holds both to it.
 */
export class MemoryChannel implements Channel, Inspectable, DeadLetters {
  readonly features: ChannelFeatures;
  readonly #options: MemoryOptions;
  readonly #limits: MemoryLimits;
  readonly #store: EntryStore;
  readonly #members = new Map<string, Member>();
  readonly #boxes = new Map<string, DeadLetterBox>();
  readonly #consuming = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;
  #lastId = 0;

  constructor(options: MemoryOptions) {
    this.#options = options;
    this.#limits = { ...MEMORY_LIMITS, ...options.limits };
    this.features = { ...FEATURES, eventBytesMax: this.#limits.eventBytesMax };
    this.#store = new EntryStore(this.#limits);
  }

  async append(entries: readonly Entry[]): Promise<void> {
    this.#mustBeOpen();
    for (const entry of entries) mustFit(entry, this.#limits.eventBytesMax);
    const members = [...this.#members.values()];
    const wanting = entries.map((entry) => members.filter(({ declared }) => wants(declared, entry)));
    this.#store.makeRoom(entries, wanting.flat().length);
    for (const [i, entry] of entries.entries()) {
      const stored = this.#store.retain(entry);
      for (const member of wanting[i] ?? []) this.#enqueue(member, stored);
    }
    for (const member of members) member.deliver();
  }

  async declare(subscription: Subscription): Promise<void> {
    this.#mustBeOpen();
    const known = this.#members.get(subscription.name);
    if (known) {
      known.declared = subscription;
      return known.deliver();
    }
    const retained = this.#store.retained();
    const from = startIndex(
      subscription.start,
      retained.map(({ entry }) => entry),
    );
    const member = this.#newMember(subscription);
    this.#members.set(subscription.name, member);
    for (const stored of retained.slice(from)) if (wants(subscription, stored.entry)) this.#enqueue(member, stored);
  }

  async consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    this.#mustBeOpen();
    const ended = this.#member(name).consume(handle, AbortSignal.any([signal, this.#closing.signal]));
    this.#consuming.add(ended);
    await ended.finally(() => this.#consuming.delete(ended));
  }

  /** What is in flight still ends, and its verdict counts for nothing; its consumers get nothing more, also if it is declared again. */
  async forget(name: string): Promise<void> {
    this.#mustBeOpen();
    const member = this.#members.get(name);
    this.#members.delete(name);
    for (const { stored } of member?.queue.clear() ?? []) this.#store.letGo(stored);
  }

  async subscriptions(): Promise<readonly SubscriptionState[]> {
    this.#mustBeOpen();
    return [...this.#members].map(([name, { queue }]) => ({
      name,
      backlog: queue.size,
      ...queue.oldest(),
      deadLetters: this.#boxes.get(name)?.count ?? 0,
      attached: true,
      ...(this.#isHeld(name) && { held: 'dead-letters-full' as const }),
    }));
  }

  async usage(): Promise<{ readonly bytes: number; readonly lost: number }> {
    this.#mustBeOpen();
    return { bytes: this.#store.bytes, lost: 0 };
  }

  async list(
    subscription: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly DeadLetter[]> {
    this.#mustBeOpen();
    return this.#boxes.get(subscription)?.list(page) ?? [];
  }

  async redrive(subscription: string, ids: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    const member = this.#member(subscription);
    const box = this.#boxes.get(subscription);
    const unknown = ids.find((id) => !box?.has(id));
    if (unknown !== undefined) {
      const text = `subscription ${quoted(subscription)}: has no dead letter ${quoted(unknown)}; list those it has`;
      throw new RefusedError('dead-letter-unknown', text);
    }
    for (const stored of box?.take(ids) ?? []) {
      this.#enqueue(member, stored);
      this.#store.letGo(stored);
    }
    member.deliver();
  }

  async discard(subscription: string, ids: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    for (const stored of this.#boxes.get(subscription)?.take(ids) ?? []) this.#store.letGo(stored);
    this.#members.get(subscription)?.deliver();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#closed ??= Promise.all(this.#consuming).then(() => {
      for (const { queue } of this.#members.values()) queue.clear();
    });
    return this.#closed;
  }

  #newMember(subscription: Subscription): Member {
    const { name } = subscription;
    return new Member(subscription, {
      ...this.#options,
      isHeld: () => this.#isHeld(name),
      settled: ({ stored }, verdict) => {
        if (verdict.kind === 'dead-letter') this.#bury(name, stored, verdict);
        this.#store.letGo(stored);
      },
    });
  }

  #enqueue(member: Member, stored: Stored): void {
    const { order } = member.declared;
    const key = order === 'none' ? undefined : attribute(stored.entry.event, order.by);
    member.queue.add(this.#store.hold(stored), key);
  }

  #bury(subscription: string, died: Stored, verdict: Settled & { readonly kind: 'dead-letter' }): void {
    const stored = verdict.entry ? this.#store.add(verdict.entry) : this.#store.hold(died);
    const box = this.#boxes.get(subscription) ?? new DeadLetterBox();
    this.#boxes.set(subscription, box);
    this.#lastId += 1;
    const { progress } = verdict;
    const deadAtMs = this.#options.clock.now();
    box.add({ id: String(this.#lastId), subscription, entry: stored.entry, progress, deadAtMs }, stored);
  }

  /** Those in flight when the budget is reached may still die, so it is exceeded by fewer than `inFlight`. */
  #isHeld(name: string): boolean {
    const { count, bytes } = this.#boxes.get(name) ?? { count: 0, bytes: 0 };
    return count >= this.#limits.deadLettersMax || bytes >= this.#limits.deadLetterBytesMax;
  }

  #member(name: string): Member {
    const member = this.#members.get(name);
    if (member) return member;
    throw new RefusedError(
      'subscription-unknown',
      `subscription ${quoted(name)}: is not declared here; declare it first`,
    );
  }

  #mustBeOpen(): void {
    if (!this.#closing.signal.aborted) return;
    throw new UnavailableError('channel-closed', 'memory channel: is closed; open it again');
  }
}

function wants(subscription: Subscription, { event }: Entry): boolean {
  return covers(subscription.wants, event) && subscription.matches(event);
}

function mustFit(entry: Entry, eventBytesMax: number): void {
  const bytes = entryBytes(entry);
  if (bytes <= eventBytesMax) return;
  const id = quoted(attribute(entry.event, 'id'));
  const text = `event ${id}: has ${bytes} bytes, the channel takes ${eventBytesMax}; send less data, or a reference to it`;
  throw new RefusedError('event-too-large', text);
}
