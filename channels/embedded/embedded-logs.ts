import assert from 'node:assert';
import { aborted } from '../../events/aborted.ts';
import { Changing } from '../../events/changing.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { Entry } from '../../events/entry.ts';
import type { Letters, Log, Logs, StoredLetter, StoredSubscription } from '../log/log.ts';
import type { FilterSince } from './broker-state.ts';
import { OwnedLog, type LogParts } from './owned-log.ts';
import { startPosition } from './starts.ts';

/** What the logs of one broker are given. */
export interface EmbeddedLogsFacts extends LogParts {
  readonly subscriptions: readonly StoredSubscription[];
  /** Looks at how much is stored, if that was not done lately. */
  readonly refresh: () => void;
  readonly closed: () => void;
}

/** The logs of one broker on this disk: one partition, always owned. Disposal waits for appends and writes that were made; later calls reject with `channel-closed`. */
export class EmbeddedLogs implements Logs, Letters {
  readonly #x: EmbeddedLogsFacts;
  readonly #stored: Map<string, StoredSubscription>;
  readonly #subscriptions: Changing<ReadonlyMap<string, StoredSubscription>>;
  readonly #closing: AbortController = new AbortController();
  /** The last declaration of each name that is under way. */
  readonly #declaring = new Map<string, Promise<void>>();
  #owner = false;
  #closed: Promise<void> | undefined;

  constructor(facts: EmbeddedLogsFacts) {
    this.#x = facts;
    this.#stored = new Map(facts.subscriptions.map((subscription) => [subscription.name, subscription]));
    this.#subscriptions = new Changing(this.#stored);
  }

  append(entries: readonly Entry[]): Promise<void> {
    this.#x.refresh();
    return this.#x.entries.append(entries);
  }

  declare(subscription: StoredSubscription): Promise<void> {
    const { name } = subscription;
    return this.#inTurn(name, async () => {
      const { entries, state } = this.#x;
      const known = this.#stored.get(name);
      if (known && same(known, subscription)) return;
      const { end } = entries;
      await state.declare(
        subscription,
        known ? { end } : { end, start: await startPosition(entries, subscription.start) },
      );
      this.#subscriptions.set(this.#stored.set(name, subscription));
    });
  }

  undeclare(name: string): Promise<void> {
    return this.#inTurn(name, async () => {
      await this.#x.state.undeclare(name);
      this.#stored.delete(name);
      this.#subscriptions.set(this.#stored);
    });
  }

  async *subscriptions(signal: AbortSignal): AsyncGenerator<readonly StoredSubscription[]> {
    const changes = this.#subscriptions.follow(AbortSignal.any([signal, this.#closing.signal]));
    for await (const stored of changes) yield [...stored.values()];
  }

  async own(run: (log: Log, lost: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#open();
    assert(!this.#owner, `${this.#x.broker}: its one partition is owned already`);
    this.#owner = true;
    const lost = AbortSignal.any([signal, this.#closing.signal]);
    try {
      await run(new OwnedLog(this.#x, lost), lost);
      await aborted(lost);
    } finally {
      this.#owner = false;
    }
  }

  async letters(
    subscription: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly StoredLetter[]> {
    this.#open();
    return this.#x.state.letters(subscription, page);
  }

  async lettersOf(subscription: string, ids: readonly string[]): Promise<readonly StoredLetter[]> {
    this.#open();
    return this.#x.state.lettersOf(subscription, ids);
  }

  async usedBytes(): Promise<number> {
    this.#open();
    return this.#x.entries.bytes + (await this.#x.state.usedBytes());
  }

  /** Each filter of a subscription that entries may still have been evaluated with, oldest first: for explain. */
  async filters(subscription: string): Promise<readonly FilterSince[]> {
    this.#open();
    return this.#x.state.filters(subscription);
  }

  /** Refuses appends from now on: what is stored is damaged, and what would be added could not be delivered. */
  refuse(error: Error): void {
    this.#x.entries.refuse(new UnavailableError('channel-unavailable', error.message, { cause: error }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#x.entries.close(closedError(this.#x.broker));
    await Promise.all(this.#declaring.values());
    // Requests are carried out in order: once this one is answered, so is every write before it.
    await this.#x.state.usedBytes().catch(() => undefined);
    this.#x.closed();
  }

  /** One declaration of a name at a time: what one reads, another must not change meanwhile. Those of several names share a commit. */
  #inTurn(name: string, declare: () => Promise<void>): Promise<void> {
    if (this.#closed) return Promise.reject(closedError(this.#x.broker));
    const before = this.#declaring.get(name);
    const turn = before ? before.then(declare) : declare();
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#declaring.get(name) === settled) this.#declaring.delete(name);
      });
    this.#declaring.set(name, settled);
    return turn;
  }

  #open(): void {
    if (this.#closed) throw closedError(this.#x.broker);
  }
}

function same(a: StoredSubscription, b: StoredSubscription): boolean {
  const values = ({ generation, wants, filter, order }: StoredSubscription): string =>
    JSON.stringify([generation, wants, filter, order]);
  return values(a) === values(b);
}

function closedError(broker: string): UnavailableError {
  return new UnavailableError('channel-closed', `${broker}: its channel is closed`);
}
