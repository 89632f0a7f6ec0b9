import type { Status } from '../crds/conditions.ts';
import type { Foreign } from '../crds/foreign.ts';
import type { Identity } from '../crds/identity.ts';
import type { Resource } from '../crds/kinds.ts';
import type { ErrorCode } from '../events/errors.ts';

/** A resource as a store answers it: with `metadata.uid` and `metadata.generation`, and the status last put. */
export type Declared = Resource & {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly status?: Status;
};

/** A document that is not accepted, and why. */
export interface Refused {
  readonly code: ErrorCode;
  /** Undefined where the document does not say what it is. */
  readonly identity?: Identity;
  /** One line: `examples/broken.yaml:14: Trigger default/hook: spec.filters[1].exact.type: is empty; ...`. Never holds a secret. */
  readonly message: string;
  /** Where it stands, if it stands in a file. Lines count from 1. */
  readonly file?: string;
  readonly line?: number;
  /** The field, as in the message; empty for the document as a whole. */
  readonly path: string;
}

/** A resource with a status that is no longer declared, remembered for 24 h: when the same returns in that time, it has the same uid and goes on where it was. */
export interface Removed {
  readonly resource: Resource;
  readonly uid: string;
  /** When it was found to be gone, ms since the epoch. It may have gone earlier, while no process ran. */
  readonly removedAtMs: number;
}

/** All that is declared at one time. */
export interface Snapshot {
  /** What was accepted. Of a resource that is now refused: its last good version. */
  readonly resources: readonly Declared[];
  /** By `identityKey`, why a resource among `resources` must be declared but not run: it was refused already when this process began. */
  readonly held: ReadonlyMap<string, string>;
  readonly foreign: readonly Foreign[];
  readonly removed: readonly Removed[];
  readonly refused: readonly Refused[];
  /** Files in folders that hold no Kubernetes object: passed over. */
  readonly ignored: readonly string[];
}

/**
 * Where resources are declared. It gives each a uid, which two resources of one name at different times do not share, and a generation, which grows by one with each change of the
 * spec; both last across restarts, and a resource that went while no process ran is found in `removed`. A change that is refused changes nothing but `refused`. Disposal ends every
 * `watch` and writes what `putStatus` was given; later calls reject `channel-closed`.
 */
export interface ResourceStore extends AsyncDisposable {
  /** What is declared now, as far as this process has noticed. */
  list(): Promise<Snapshot>;
  /** One resource, or undefined if it is not declared. */
  get(identity: Identity): Promise<Declared | undefined>;
  /** What is declared, at once and then after each change of it; changes that follow one another fast may come as one. A change of status alone need not come. Ends with `signal`. */
  watch(signal: AbortSignal): AsyncIterable<Snapshot>;
  /** Declares or replaces one resource and resolves when it is part of what is declared. Rejects `RefusedError` with the codes of a refused document; then nothing changed. */
  apply(document: unknown): Promise<Declared>;
  /**
   * Keeps the status of a resource: resolves when `list` and `get` answer it. It lasts across restarts, but the last of them may be lost by a crash, so whoever puts statuses puts them
   * again after one. One for a resource whose uid is not this any more is passed over.
   */
  putStatus(identity: Identity, uid: string, status: Status): Promise<void>;
}
