import type { BrokerRef } from '../channel.ts';
import type {
  Position,
  Recovered,
  RecoveredSubscription,
  RowQuery,
  StoredLetter,
  StoredRow,
  StoredSubscription,
} from '../log/log.ts';
import type { KnownSegments } from './recovery.ts';
import type { Answer, Call } from './state-messages.ts';
import { letterFrom, number, rowFrom, specOf, subscriptionFrom, text } from './state-rows.ts';
import type { StateFile } from './state.ts';

/** A filter with the first position it counted for. */
export interface FilterSince {
  readonly generation: number;
  readonly position: Position;
  readonly filter: string;
}

const OF_ALL = ['subscriptions', 'positions', 'counts'] as const;
const OF_ONE = ['subscriptionOf', 'positionOf', 'countsOf'] as const;

// What a row and its index entries take in the file, about: it is counted, not measured.
const ROW_BYTES = 256;

/** What the state file holds of one broker. All of it rejects as `StateFile.run`. */
export class BrokerState {
  readonly id: number;
  readonly segments: KnownSegments;
  readonly #file: StateFile;

  private constructor(id: number, segments: KnownSegments, file: StateFile) {
    this.id = id;
    this.segments = segments;
    this.#file = file;
  }

  /** Finds the broker, or enters it. */
  static async open(file: StateFile, { namespace, name }: BrokerRef): Promise<BrokerState> {
    const [, found] = await file.run([
      ['brokerAdd', namespace, name],
      ['broker', namespace, name],
    ]);
    const [id, start, last] = found?.[0] ?? [];
    return new BrokerState(number(id), { start: number(start), ...(last !== null && { last: number(last) }) }, file);
  }

  /** Carries out calls in one transaction. */
  async write(calls: readonly Call[]): Promise<void> {
    if (calls.length > 0) await this.#file.run(calls);
  }

  /** The highest position any subscription stands at: no log ends below it. */
  async positionMax(): Promise<Position> {
    const [found] = await this.#file.run([['positionMax', this.id]]);
    return number(found?.[0]?.[0] ?? 0);
  }

  /** As `Log.recover`, for a log from `start` to `end`. Those that are forgotten and only have dead letters left are among them. */
  async recover(
    range: { readonly start: Position; readonly end: Position },
    names?: readonly string[],
  ): Promise<Recovered> {
    const asked: readonly Call[] = names
      ? [['positionOf', this.id, '*'], ...names.flatMap((name) => OF_ONE.map((of): Call => [of, this.id, name]))]
      : OF_ALL.map((of): Call => [of, this.id]);
    const answers = await this.#file.run(asked);
    const every = (...of: readonly string[]): Answer =>
      answers.filter((_, i) => of.includes(asked[i]?.[0] ?? '')).flat();
    const [subscriptions, positions, counts] = [
      every('subscriptions', 'subscriptionOf'),
      every('positions', 'positionOf'),
      every('counts', 'countsOf'),
    ];
    const nexts = new Map(positions.map(([name, next]) => [text(name), number(next)]));
    const counted = new Map(counts.map(([name, ...numbers]) => [text(name), numbers.map(number)]));
    const all = new Set([...subscriptions.map(([name]) => text(name)), ...nexts.keys(), ...counted.keys()]);
    all.delete('*');
    const wanted = names ? names.filter((name) => all.has(name)) : [...all];
    const found = wanted.map((name): RecoveredSubscription => {
      const position = nexts.get(name);
      const [rows = 0, count = 0, bytes = 0] = counted.get(name) ?? [];
      return { name, rows, dead: { count, bytes }, ...(position !== undefined && { position }) };
    });
    return { ...range, watermark: nexts.get('*') ?? range.start, subscriptions: found };
  }

  /** As `Log.rows`. */
  async rows(query: RowQuery, limit: number): Promise<readonly StoredRow[]> {
    const [found = []] = await this.#file.run([rowsCall(this.id, query, limit)]);
    return found.map(rowFrom);
  }

  /** As `Letters.letters`. If `after` was discarded meanwhile, from the oldest on. */
  async letters(
    subscription: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly StoredLetter[]> {
    const [found = []] = await this.#file.run([['deadAfter', this.id, subscription, page.after ?? null, page.limit]]);
    return found.map((columns) => letterFrom(subscription, columns));
  }

  /** As `Letters.lettersOf`. */
  async lettersOf(subscription: string, ids: readonly string[]): Promise<readonly StoredLetter[]> {
    const found = await this.#file.run(ids.map((id) => ['deadOne', this.id, subscription, id]));
    return found.flat().map((columns) => letterFrom(subscription, columns));
  }

  /** Bytes of dead letters and kept copies, and about what rows take. */
  async usedBytes(): Promise<number> {
    const [found] = await this.#file.run([['countsAll', this.id]]);
    const [rows, bytes] = found?.[0] ?? [];
    return number(rows) * ROW_BYTES + number(bytes);
  }

  async subscriptions(): Promise<readonly StoredSubscription[]> {
    const [found = []] = await this.#file.run([['subscriptions', this.id]]);
    return found.map(subscriptionFrom);
  }

  /** Declares a subscription; a new one stands at `start`, with nothing left of an earlier one of that name but its dead letters. `end` is where its filter counts from if it is live. */
  async declare(
    subscription: StoredSubscription,
    at: { readonly start?: Position; readonly end: Position },
  ): Promise<void> {
    const { name, generation, filter } = subscription;
    const fresh: readonly Call[] =
      at.start === undefined
        ? []
        : [
            ['rowsRemove', this.id, name],
            ['filtersForget', this.id, name],
            ['positionPut', this.id, name, at.start],
          ];
    await this.#file.run([
      ...fresh,
      ['subscriptionPut', this.id, name, generation, specOf(subscription)],
      ['filterPut', this.id, name, generation, at.end, filter],
    ]);
  }

  async undeclare(name: string): Promise<void> {
    await this.#file.run([['subscriptionRemove', this.id, name]]);
  }

  /** Each filter of a subscription that entries may still have been evaluated with, oldest first. */
  async filters(subscription: string): Promise<readonly FilterSince[]> {
    const [found = []] = await this.#file.run([['filters', this.id, subscription]]);
    return found.map(([generation, position, filter]) => ({
      generation: number(generation),
      position: number(position),
      filter: text(filter),
    }));
  }

  /** Marks the broker as being removed, so that an interrupted removal is finished. */
  async removing(): Promise<void> {
    await this.#file.run([['brokerRemoving', this.id]]);
  }

  /** Deletes all of it. */
  async drop(): Promise<void> {
    const { id } = this;
    await this.#file.run([
      ['rowsDrop', id],
      ['keptDrop', id],
      ['deadDrop', id],
      ['countsDrop', id],
      ['positionsDrop', id],
      ['filtersDrop', id],
      ['subscriptionsDrop', id],
      ['brokerDrop', id],
    ]);
  }
}

function rowsCall(broker: number, query: RowQuery, limit: number): Call {
  const one = limit === 1;
  if (query.by === 'due') {
    const { subscription, untilMs, after } = query;
    return [
      one ? 'rowByDue' : 'rowsByDue',
      broker,
      subscription,
      untilMs,
      after?.dueMs ?? -1,
      after?.position ?? -1,
      limit,
    ];
  }
  const { subscription, from, before = Number.MAX_SAFE_INTEGER } = query;
  if (subscription === '*') return [one ? 'rowOfAll' : 'rowsOfAll', broker, from, before, limit];
  return [one ? 'rowByPosition' : 'rowsByPosition', broker, subscription, from, before, limit];
}
