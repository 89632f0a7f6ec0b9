import type { Foreign } from '../../crds/foreign.ts';
import type { Resource } from '../../crds/kinds.ts';
import type { Refused } from '../store.ts';
import { accept } from './accept.ts';
import { foreignIn, gather } from './gather.ts';

/** What was found in files, each document for itself and against its duplicates. */
export interface Validated {
  readonly accepted: readonly Resource[];
  readonly foreign: readonly Foreign[];
  readonly refused: readonly Refused[];
  /** Files in folders that hold no Kubernetes object. */
  readonly ignored: readonly string[];
}

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
    foreign: foreignIn(readings),
    refused,
    ignored: readings.filter(({ ignored }) => ignored).map(({ file }) => file),
  };
}
