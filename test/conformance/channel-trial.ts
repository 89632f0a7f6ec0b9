import assert from 'node:assert/strict';
import type { CloudEvent, AttributeValue } from '../../events/event.ts';
import { attribute } from '../../events/event.ts';
import type { Entry } from '../../events/entry.ts';
import type { ErrorCode } from '../../events/errors.ts';
import type { Channel, ChannelFeatures, Subscription } from '../../channels/channel.ts';
import { deadLetters, type DeadLetter, type DeadLetters } from '../../channels/abilities.ts';
import { done, Recorder, type Decide } from './channel-recorder.ts';
import type { World } from './channel-world.ts';

/** The suite's own events have types that begin like this. */
const OWN = 'suite.';
const PROBE = `${OWN}probe`;
const UNLESS_SAID = {
  generation: 1,
  wants: 'everything',
  filter: '{}',
  start: 'latest',
  order: 'none',
  inFlight: 64,
} as const;
/** Turns that something which must not happen is given to happen. */
const TURNS_OF_GRACE = 20;

export interface EntryParts {
  readonly type?: string;
  readonly key?: string;
  readonly data?: Uint8Array;
  readonly receivedAtMs?: number;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** A world with what every case needs: it waits without ever hanging, declares again after a restart, and lets go of all at the end. */
export class Trial {
  readonly world: World;
  readonly #declared = new Map<string, Subscription>();
  readonly #recorders: Recorder[] = [];
  #probe: Recorder | undefined;
  #probes = 0;

  constructor(world: World) {
    this.world = world;
  }

  get channel(): Channel {
    return this.world.channel;
  }

  get features(): ChannelFeatures {
    return this.world.channel.features;
  }

  /** The dead letters of this channel; only where a case has asked for them in `without`. */
  get dead(): DeadLetters {
    const able = deadLetters(this.channel);
    assert(able);
    return able;
  }

  /** An entry received now; the id names it in what recorders say. */
  entry(id: string, parts: EntryParts = {}): Entry {
    const { type = 'test', key, data, receivedAtMs = this.world.now(), attributes = {} } = parts;
    const named = { specversion: '1.0', id, source: '/suite', type, ...(key !== undefined && { partitionkey: key }) };
    const event: CloudEvent = {
      attributes: new Map(Object.entries({ ...named, ...attributes })),
      ...(data && { data }),
    };
    return { event, hops: 32, receivedAtMs };
  }

  /** Declares; from now on also after each restart. Unless the parts say otherwise it wants everything, from now on, in no order. */
  async declare(name: string, parts: Partial<Subscription> = {}): Promise<void> {
    const { matches = () => true } = parts;
    const subscription: Subscription = {
      ...UNLESS_SAID,
      ...parts,
      name,
      // The suite's own events are nobody else's business.
      matches: (event) => name === PROBE || (!attribute(event, 'type')?.startsWith(OWN) && matches(event)),
    };
    await this.call(this.channel.declare(subscription));
    this.#declared.set(name, subscription);
  }

  async append(...entries: readonly Entry[]): Promise<void> {
    await this.call(this.channel.append(entries));
  }

  /** Consumes and writes down; without `decide` every delivery is done. */
  record(name: string, decide: Decide = () => done): Recorder {
    const recorder = new Recorder(() => this.world.now(), decide);
    this.#recorders.push(recorder);
    recorder.start(this.channel, name);
    return recorder;
  }

  /** Aborts a consumer and waits until `consume` has returned. */
  async stop(recorder: Recorder): Promise<void> {
    recorder.stop();
    await this.until('consume returns after its abort', () => recorder.ended);
  }

  /** Takes turns until `promise` settles, and settles like it. */
  async call<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const end = (): void => void (settled = true);
    promise.then(end, end);
    await this.until('the call returns', () => settled);
    return promise;
  }

  /** The call rejects with `code`. */
  async refuses(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
    await assert.rejects(this.call(promise), (error: Error & { code?: unknown }) => {
      assert.equal(error.code, code, `rejects with ${code}, not ${String(error)}`);
      return true;
    });
  }

  /** Takes turns until `condition` holds; gives up after as many as the world says. */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let turns = 0; turns < this.world.turnsMax; turns += 1) {
      if (await condition()) return;
      await this.world.turn();
    }
    throw new Error(`gave up waiting until ${what}`);
  }

  /** Lets time pass, unit by unit, until `condition` holds. */
  async pass(what: string, condition: () => boolean | Promise<boolean>, units = 30): Promise<void> {
    for (let passed = 0; passed < units; passed += 1) {
      if (await condition()) return;
      await this.world.advance(this.world.unitMs);
      await this.quiet();
    }
    throw new Error(`gave up after ${units} units of time waiting until ${what}`);
  }

  /**
   * Lets everything happen that is going to happen: two events, one after the other, have gone all the way through the channel to a subscription of the suite's own. What a case then
   * has not seen does not come without time passing.
   */
  async quiet(): Promise<void> {
    if (!this.#probe) {
      await this.declare(PROBE, { wants: [{ type: [PROBE] }] });
      this.#probe = this.record(PROBE);
    }
    const probe = this.#probe;
    for (let round = 0; round < 2; round += 1) {
      this.#probes += 1;
      const id = `probe-${this.#probes}`;
      await this.append(this.entry(id, { type: PROBE }));
      await this.until('an event passes through the channel', () => probe.times(id) > 0);
    }
    await this.grace();
  }

  /** A few turns, where nothing can be sent through. */
  async grace(): Promise<void> {
    for (let turns = 0; turns < TURNS_OF_GRACE; turns += 1) await this.world.turn();
  }

  /** Restarts, declares again what was declared, and answers true; a channel that is not durable must have forgotten all, then the answer is false. */
  async restart(how: 'reopen' | 'crash'): Promise<boolean> {
    if (how === 'reopen') for (const recorder of this.#recorders) recorder.answerAll({ kind: 'release' });
    this.#probe = undefined;
    await this.call(this.world[how]());
    if (how === 'crash') for (const recorder of this.#recorders) recorder.kill();
    if (!this.features.durable) {
      for (const name of this.#declared.keys()) {
        const consuming = this.channel.consume(name, async () => done, new AbortController().signal);
        await this.refuses(consuming, 'subscription-unknown');
      }
      this.#declared.clear();
      return false;
    }
    for (const subscription of this.#declared.values()) await this.call(this.channel.declare(subscription));
    return true;
  }

  async forget(name: string): Promise<void> {
    this.#declared.delete(name);
    await this.call(this.channel.forget(name));
  }

  /** All dead letters of a subscription. */
  deadOf(name: string): Promise<readonly DeadLetter[]> {
    return this.call(this.dead.list(name, { limit: 1000 }));
  }

  /** Stops what still runs, gives back what is still open, disposes the world. */
  async end(): Promise<void> {
    for (const recorder of this.#recorders) recorder.stop();
    for (const recorder of this.#recorders) recorder.answerAll({ kind: 'release' });
    await this.call(Promise.resolve(this.world[Symbol.asyncDispose]()));
  }
}
