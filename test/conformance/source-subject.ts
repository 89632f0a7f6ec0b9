import type { SourceInstance, SourceKind } from '../../sources/kind.ts';
import type { SourceWorld } from '../sources/source-world.ts';

/** A server that can be ended the hard way. */
export interface KillableServer {
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it answers again, where it was, with what it had. */
  start(): Promise<void>;
}

/**
 * A source that fetches or waits by itself, as the suite drives it. It is made anew for each case, with a topic, queue, table of its own, and whatever happens once it is made must reach the source, also what
 * happens before it is opened the first time or while it is stopped: a group, queue, slot or session that must be there for that is made with the subject, or the instance begins with the oldest.
 */
export interface SourceSubject {
  readonly kind: SourceKind;
  readonly instance: SourceInstance;
  /**
   * Makes `count` new things happen, different from all before, one event each. At a server: resolves when the server has them, so that they outlive its being killed; `world` is not needed. By the
   * clock: moves `world.clock`, each of them given the time it needs.
   */
  happen(world: SourceWorld, count: number): Promise<void>;
  /** `fake`: time passes only if the suite or `happen` moves it. `real`: a source of a real server needs the machine's. */
  readonly clock: 'fake' | 'real';
  /** Who remembers how far it came: Weir (`context.save`), or its server (acknowledgements, committed offsets). */
  readonly position: 'kept' | 'server';
  readonly server?: KillableServer;
  /** The same things read by somebody who starts from nothing: the instance with another consumer group, or another name. */
  afresh?(): SourceInstance;
  /** Makes one thing happen that cannot become an event. */
  unreadable?(world: SourceWorld): Promise<void>;
  /** A spec that the kind's schema refuses, and the path its message begins with: `spec.schedule`. */
  readonly wrong: { readonly spec: unknown; readonly path: string };
  /** By the name of a case: why it cannot apply to this source. Shown wherever the case is. */
  readonly skips?: Readonly<Record<string, string>>;
  /** Where the kinds are that a child process opens this one from: a module that exports `SOURCE_KINDS`. Default: the product's. */
  readonly kinds?: URL;
  /** How long a case waits for a thing before it fails, on the clock of the machine: longer than what its server waits for a dead client. Default 90 s. */
  readonly waitMs?: number;
  /** Closes what `happen` needed. */
  end?(): Promise<void>;
}

/** Makes a subject for one case. */
export type MakeSubject = () => SourceSubject | Promise<SourceSubject>;
