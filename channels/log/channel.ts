import { aborted } from '../../events/aborted.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import type { Clock } from '../../events/clock.ts';
import type { Entry } from '../../events/entry.ts';
import type { Counter } from '../../events/metrics.ts';
import { Turns } from '../../events/turns.ts';
import type { DeadLetter, DeadLetters, Inspectable, SubscriptionState } from '../abilities.ts';
import type { Channel, ChannelFeatures, Handle, Subscription } from '../channel.ts';
import { Consumers } from './consumers.ts';
import { entryBytes } from './entry-bytes.ts';
import type { Letters, Log, Logs, StoredLetter, StoredSubscription } from './log.ts';
import { Partition, type PartitionPorts } from './partition.ts';
import { backlogOf } from './standing.ts';
import type { Budget, Settings } from './state.ts';

/** What a channel over logs is given. */
export interface LogChannelPorts {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly budget: Budget;
  readonly unrouted: Counter;
  readonly lost: Counter;
  /** A partition failed for good: the process cannot keep its promises. */
  fatal(error: unknown): void;
  /** A handler threw: a bug, said aloud; its delivery comes again. */
  threw(subscription: string, error: unknown): void;
}

/** A Channel over logs: every partition that is owned runs the engine; what is declared and consumed here is told to each. */
export class LogChannel implements Channel, Inspectable, DeadLetters {
  readonly features: ChannelFeatures;
  /** Resolves once the first partition that is owned knows what was stored; also when none ever will be. */
  readonly recovered: Promise<void>;
  #recover = (): void => {};
  readonly #logs: Logs & Letters;
  readonly #ports: LogChannelPorts;
  readonly #declared = new Map<string, Subscription>();
  readonly #consumers: Consumers;
  readonly #partitions = new Set<Partition>();
  readonly #closing = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #room: (() => void)[] = [];
  #stored: readonly StoredSubscription[] = [];
  #lost = 0;
  /** What was found of dead letters must still be there when it is changed: one change at a time. */
  readonly #changes = new Turns();
  #disposed: Promise<void> | undefined;

  constructor(logs: Logs & Letters, features: ChannelFeatures, ports: LogChannelPorts) {
    this.#logs = logs;
    this.features = features;
    this.#ports = ports;
    this.#consumers = new Consumers(ports.threw, (name, count) => {
      for (const partition of this.#partitions) partition.consumers(name, count);
    });
    const { signal } = this.#closing;
    this.recovered = new Promise((resolve) => (this.#recover = resolve));
    this.#running = Promise.all([this.#follow(signal), logs.own((log, lost) => this.#run(log, lost), signal)])
      .catch((error: unknown) => ports.fatal(error))
      .finally(() => this.#recover());
  }

  append(entries: readonly Entry[]): Promise<void> {
    if (this.#disposed) return Promise.reject(closed());
    return this.#logs.append(entries).then(this.#appended, this.#refused);
  }

  // Bound once, not for each append.
  readonly #appended = (): Promise<void> | undefined =>
    this.#crowded() ? new Promise((resolve) => this.#room.push(resolve)) : undefined;

  readonly #refused = (error: unknown): never => {
    if (error instanceof UnavailableError && error.code === 'channel-full')
      for (const partition of this.#partitions) partition.input({ kind: 'full' });
    throw error;
  };

  async declare(subscription: Subscription): Promise<void> {
    this.#open();
    const { name, order } = subscription;
    if (order !== 'none' && !this.features.ordered)
      throw new RefusedError('order-unsupported', `order by ${order.by} is not available on this channel`);
    const stored = storedOf(subscription);
    await this.#logs.declare(stored);
    this.#declared.set(name, subscription);
    for (const partition of this.#partitions) {
      await partition.learn([stored]);
      this.#introduce(partition, subscription);
    }
  }

  async consume(name: string, handle: Handle, signal: AbortSignal): Promise<void> {
    this.#open();
    if (!this.#declared.has(name)) throw unknown(name);
    await this.#consumers.consume(name, handle, signal);
    await Promise.all([...this.#partitions].map((partition) => partition.settle()));
  }

  async forget(name: string): Promise<void> {
    this.#open();
    this.#declared.delete(name);
    await this.#logs.undeclare(name);
    for (const partition of this.#partitions) await partition.forget(name);
  }

  async subscriptions(): Promise<readonly SubscriptionState[]> {
    this.#open();
    const receivedAt = new Map<number, number | undefined>();
    const states = [...this.#partitions].flatMap((partition) =>
      [...partition.state.subs.values()].map((sub) => ({ partition, sub })),
    );
    const found: SubscriptionState[] = [];
    for (const { partition, sub } of states) {
      const { backlog, oldest, held } = backlogOf(partition.state, sub);
      const oldestMs = backlog > 0 ? await partition.receivedAtMs(sub.name, oldest, receivedAt) : undefined;
      found.push({
        name: sub.name,
        backlog,
        deadLetters: sub.dead.count,
        attached: sub.matches !== undefined,
        ...(oldestMs !== undefined && { oldestMs }),
        ...(held && { held: 'dead-letters-full' }),
      });
    }
    return found;
  }

  async usage(): Promise<{ readonly bytes: number; readonly lost: number }> {
    this.#open();
    return { bytes: await this.#logs.usedBytes(), lost: this.#lost };
  }

  async list(
    subscription: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly DeadLetter[]> {
    this.#open();
    return (await this.#logs.letters(subscription, page)).map(({ letter }) => letter);
  }

  redrive(subscription: string, ids: readonly string[]): Promise<void> {
    return this.#changes.take(() => this.#redrive(subscription, ids));
  }

  discard(subscription: string, ids: readonly string[]): Promise<void> {
    return this.#changes.take(() => this.#discard(subscription, ids));
  }

  async #redrive(subscription: string, ids: readonly string[]): Promise<void> {
    this.#open();
    const [partition] = this.#partitions;
    if (!partition?.state.subs.has(subscription)) throw unknown(subscription);
    const letters = await this.#lettersOf(subscription, ids);
    await partition.redrive(subscription, letters);
    partition.input({ kind: 'discarded', name: subscription, ...sizeOf(letters) });
  }

  async #discard(subscription: string, ids: readonly string[]): Promise<void> {
    this.#open();
    const letters = await this.#logs.lettersOf(subscription, ids);
    const [partition] = this.#partitions;
    await partition?.discard(
      subscription,
      letters.map(({ letter }) => letter.id),
      sizeOf(letters),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#close();
    return this.#disposed;
  }

  async #close(): Promise<void> {
    await this.#consumers.end();
    await Promise.all([...this.#partitions].map((partition) => partition.settle()));
    this.#closing.abort();
    this.#makeRoom();
    await this.#running;
    await this.#logs[Symbol.asyncDispose]();
  }

  async #lettersOf(subscription: string, ids: readonly string[]): Promise<readonly StoredLetter[]> {
    const letters = await this.#logs.lettersOf(subscription, ids);
    const found = new Set(letters.map(({ letter }) => letter.id));
    const missing = ids.find((id) => !found.has(id));
    if (missing !== undefined)
      throw new RefusedError(
        'dead-letter-unknown',
        `dead letter ${missing} of ${subscription} does not exist; list them to see which do`,
      );
    return letters;
  }

  #open(): void {
    if (this.#disposed) throw closed();
  }

  #introduce(partition: Partition, subscription: Subscription): void {
    partition.attach(subscription, this.#consumers.count(subscription.name));
  }

  /** Runs one owned partition until it is lost. */
  async #run(log: Log, lost: AbortSignal): Promise<void> {
    const { clock, settings, budget, unrouted } = this.#ports;
    const ports: PartitionPorts = {
      clock,
      settings,
      budget,
      unrouted,
      lost: { add: (count) => this.#addLost(count) },
      deliver: (name, delivery, done) => this.#consumers.deliver(name, delivery, done),
      stepped: () => this.#stepped(),
    };
    const partition = await Partition.recover(log, { ports, lost });
    this.#partitions.add(partition);
    try {
      // What was declared before it was here; what is declared from now on tells it so itself.
      await partition.learn([...this.#stored, ...[...this.#declared.values()].map(storedOf)]);
      for (const subscription of this.#declared.values()) this.#introduce(partition, subscription);
      this.#recover();
      await Promise.race([partition.failed, aborted(lost)]);
    } finally {
      this.#partitions.delete(partition);
      partition.stop();
    }
  }

  /** Follows what is declared anywhere; what is gone is forgotten here too. */
  async #follow(signal: AbortSignal): Promise<void> {
    for await (const stored of this.#logs.subscriptions(signal)) {
      this.#stored = stored;
      // What is declared here stays, whatever a snapshot says that may be older.
      const names = new Set([...stored.map(({ name }) => name), ...this.#declared.keys()]);
      for (const partition of this.#partitions) {
        await partition.keepOnly(names);
        await partition.learn(stored);
      }
    }
  }

  #addLost(count: number): void {
    this.#lost += count;
    this.#ports.lost.add(count);
  }

  #crowded(): boolean {
    for (const partition of this.#partitions) if (partition.state.crowded.size > 0) return true;
    return false;
  }

  #stepped(): void {
    if (this.#room.length > 0 && !this.#crowded()) this.#makeRoom();
  }

  #makeRoom(): void {
    for (const resolve of this.#room.splice(0)) resolve();
  }
}

function storedOf({ name, generation, wants, filter, start, order }: Subscription): StoredSubscription {
  return { name, generation, wants, filter, start, order };
}

function closed(): UnavailableError {
  return new UnavailableError('channel-closed', 'the channel is closed');
}

function unknown(name: string): RefusedError {
  return new RefusedError('subscription-unknown', `subscription ${name} is not declared on this channel`);
}

function sizeOf(letters: readonly StoredLetter[]): { readonly count: number; readonly bytes: number } {
  return { count: letters.length, bytes: letters.reduce((sum, { letter }) => sum + entryBytes(letter.entry), 0) };
}
