import assert from 'node:assert/strict';
import { systemClock } from '../../events/clock.ts';
import { attribute } from '../../events/event.ts';
import type { SourceInstance } from '../../sources/kind.ts';
import { type OpenSource, openSource } from '../../sources/open.ts';
import { SourceWorld } from '../sources/source-world.ts';
import { SourceLife } from './source-life.ts';
import type { MakeSubject, SourceSubject } from './source-subject.ts';

/** How long a case waits for a real server and what hangs on it: session timeouts, visibility, backoff. */
const WAIT_MS = 90_000;
/** How long it waits on a fake clock, in steps: less than the minute between two ticks of a schedule. */
const FAKE_STEPS = 55;
const FAKE_STEP_MS = 1000;

/** What every instance of the suite has among its secrets: found in anything that is printed, somebody prints secrets. */
export const CANARY = 'hunter2-"quoted"-hunter2';

/** What a case works with: worlds, sources opened in them, and waiting that fits their clock. */
export class SourceTrial {
  readonly subject: SourceSubject;
  readonly make: MakeSubject;
  readonly #worlds: SourceWorld[] = [];
  readonly #sources: { readonly source: OpenSource; readonly world: SourceWorld }[] = [];
  readonly #lives: SourceLife[] = [];
  readonly #more: SourceTrial[] = [];

  constructor(subject: SourceSubject, make: MakeSubject) {
    this.subject = subject;
    this.make = make;
  }

  get real(): boolean {
    return this.subject.clock === 'real';
  }

  get #waitMs(): number {
    return this.subject.waitMs ?? WAIT_MS;
  }

  get instance(): SourceInstance {
    return withCanary(this.subject.instance);
  }

  /** A world with the clock that the subject needs. */
  world(): SourceWorld {
    const world = this.real ? new SourceWorld(systemClock) : new SourceWorld();
    this.#worlds.push(world);
    return world;
  }

  /** Opens the subject, or another instance of its kind; closed at the end of the case at the latest. */
  open(world: SourceWorld, instance: SourceInstance = this.subject.instance): OpenSource {
    const source = openSource(withCanary(instance), world.ports, [this.subject.kind]);
    this.#sources.push({ source, world });
    return source;
  }

  /** A trial with a subject made anew, ended with this one. */
  async another(): Promise<SourceTrial> {
    const trial = new SourceTrial(await this.make(), this.make);
    this.#more.push(trial);
    return trial;
  }

  /** The subject in a process of its own. */
  async life(folder: string): Promise<SourceLife> {
    const { kinds } = this.subject;
    const life = await SourceLife.begin({ instance: this.instance, kinds, folder, waitMs: this.#waitMs });
    this.#lives.push(life);
    return life;
  }

  happen(world: SourceWorld, count: number): Promise<void> {
    return this.subject.happen(world, count);
  }

  /** Waits until `met`, moving a fake clock; fails with `what` and what the world saw if that never comes. */
  async until(world: SourceWorld, what: string, met: () => boolean): Promise<void> {
    if (this.real) {
      const late = AbortSignal.timeout(this.#waitMs);
      await world.until(met, late).catch(() => undefined);
    } else for (let step = 0; step < FAKE_STEPS && !met(); step += 1) await world.clock.advance(FAKE_STEP_MS);
    if (!met()) assert.fail(`${what}: never came. ${this.#seen(world)}`);
  }

  /** Lets time pass on a fake clock; the machine's passes by itself. */
  async pass(world: SourceWorld, ms: number): Promise<void> {
    if (!this.real) await world.clock.advance(ms);
  }

  /** Waits until `count` different events are emitted. */
  async emitted(world: SourceWorld, count: number): Promise<void> {
    await this.until(world, `${count} events`, () => new Set(world.ids).size >= count);
  }

  /** Waits until the sink was asked to take `count` different events. */
  async offered(world: SourceWorld, count: number): Promise<void> {
    await this.until(world, `${count} events offered`, () => offeredIds(world).size >= count);
  }

  /** Disposes a source; fails if it was stuck, or left timers. */
  async stop(world: SourceWorld, source: OpenSource): Promise<void> {
    await this.#dispose(world, source);
    const stuck = world.lines.filter(({ name }) => name === 'source.stuck');
    assert.deepEqual(stuck, [], 'it did not stop within a second of abort');
    if (!this.real) assert.equal(world.clock.pending, 0, 'timers are left');
  }

  /** Fails if something that was printed holds a secret. Answers how many texts were looked through. */
  checkSecrets(): number {
    const secrets = ['hunter2', ...this.subject.instance.secrets.values()].filter((value) => value.length >= 5);
    const texts = this.#printed();
    for (const printed of texts)
      for (const secret of secrets)
        for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
          assert(!printed.includes(form), `a secret is printed in ${printed.slice(0, 500)}`);
    return texts.length;
  }

  /** Ends everything that the case began. */
  async end(): Promise<void> {
    for (const life of this.#lives) await life.kill();
    for (const { source, world } of this.#sources) await this.#dispose(world, source).catch(() => undefined);
    for (const trial of this.#more) await trial.end();
    await this.subject.end?.();
  }

  async #dispose(world: SourceWorld, source: OpenSource): Promise<void> {
    const stopping = source[Symbol.asyncDispose]();
    if (!this.real) await world.clock.advance(1000);
    await stopping;
  }

  #printed(): string[] {
    return [
      ...this.#worlds.flatMap(({ lines, positions }) => [...lines, ...positions].map((line) => JSON.stringify(line))),
      ...this.#sources.map(({ source }) => JSON.stringify(source.status())),
      ...this.#lives.flatMap(({ printed }) => printed),
    ];
  }

  #seen(world: SourceWorld): string {
    const source = this.#sources.findLast((one) => one.world === world)?.source;
    return JSON.stringify({
      emitted: world.ids.slice(-20),
      offered: world.offered.length,
      status: source?.status(),
      warnings: world.lines.filter(({ level }) => level !== 'debug').slice(-5),
    });
  }
}

/** The ids of what the sink was asked to take. */
export function offeredIds(world: SourceWorld): Set<string | undefined> {
  return new Set(world.offered.map((event) => attribute(event, 'id')));
}

function withCanary(instance: SourceInstance): SourceInstance {
  return { ...instance, secrets: new Map([...instance.secrets, ['canary/key', CANARY]]) };
}
