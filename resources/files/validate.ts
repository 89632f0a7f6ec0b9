import type { Foreign } from '../../crds/foreign.ts';
import { identityKey, identityOf, identityText, type Identity } from '../../crds/identity.ts';
import type { Resource } from '../../crds/kinds.ts';
import type { Refused } from '../store.ts';
import { accept } from './accept.ts';
import { foreignIn, gather } from './gather.ts';
import type { Placed } from './read.ts';

/** What was found in files, each document for itself and against its duplicates. */
export interface Validated {
  readonly accepted: readonly Resource[];
  readonly foreign: readonly Foreign[];
  readonly refused: readonly Refused[];
  /** Of the accepted those that would do nothing until something else is declared. */
  readonly waiting: readonly Waiting[];
  /** Files in folders that hold no Kubernetes object. */
  readonly ignored: readonly string[];
}

/** A resource that waits for one that stands nowhere in the files, neither accepted nor refused. */
export type Waiting = Required<Pick<Refused, 'identity' | 'message' | 'file' | 'line' | 'path'>>;

/** Reads files and folders once, keeps nothing and watches nothing. A path that cannot be read is an entry in `refused`. */
export async function validatePaths(paths: readonly string[]): Promise<Validated> {
  const { readings, found } = await gather(paths, undefined, new Map());
  const { known, refused } = accept({
    readings,
    unreadable: found.unreadable,
    known: new Map(),
    nowMs: 0,
    newUid: () => '',
  });
  return {
    accepted: [...known.values()].flatMap(({ resource }) => resource ?? []),
    waiting: waiting(
      readings.flatMap(({ placed }) => placed),
      refused.flatMap(({ identity }) => identity ?? []),
    ),
    foreign: foreignIn(readings),
    refused,
    ignored: readings.filter(({ ignored }) => ignored).map(({ file }) => file),
  };
}

// One that is refused is told already, and so is a Broker that is: whoever mends it need not hear of its Triggers.
function waiting(placed: readonly Placed[], refused: readonly Identity[]): readonly Waiting[] {
  const wrong = new Set(refused.map(identityKey));
  const there = new Set([...wrong, ...placed.map(({ resource }) => identityKey(identityOf(resource)))]);
  return placed.flatMap(({ resource, place: { file, line } }) => {
    const identity = identityOf(resource);
    if (resource.kind !== 'Trigger' || wrong.has(identityKey(identity))) return [];
    const { broker } = resource.spec;
    if (there.has(identityKey({ ...identity, kind: 'Broker', name: broker }))) return [];
    const path = 'spec.broker';
    const why = `there is no Broker ${identity.namespace}/${broker} in these files; the Trigger waits until it is declared`;
    return [{ identity, file, line, path, message: `${file}:${line}: ${identityText(identity)}: ${path}: ${why}` }];
  });
}
