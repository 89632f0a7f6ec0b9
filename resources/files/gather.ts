import type { Foreign } from '../../crds/foreign.ts';
import { identityKey } from '../../crds/identity.ts';
import { findFiles, type Found } from './paths.ts';
import { readDeclarations, readText, type Reading } from './read.ts';

/** All that was read at one time. */
export interface Gathered {
  readonly readings: readonly Reading[];
  readonly found: Found;
}

/** What is declared where no path is given. */
export const IMPLICIT =
  'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata:\n  name: default\n  namespace: default\n';

const NOTHING: Found = { files: [], folders: [], unreadable: [] };

/** Reads what is behind the paths; without one, the implicit Broker. `known` are earlier readings by file: what has not changed is not parsed again. */
export async function gather(
  paths: readonly string[],
  except: string | undefined,
  known: ReadonlyMap<string, Reading>,
): Promise<Gathered> {
  if (paths.length === 0) {
    const file = '(no file)';
    return { readings: [known.get(file) ?? readText({ file, named: true }, IMPLICIT)], found: NOTHING };
  }
  const found = await findFiles(paths, except);
  const readings: Reading[] = [];
  for (const file of found.files) {
    const reading = await readDeclarations(file, known.get(file.file));
    if (reading) readings.push(reading);
  }
  return { readings, found };
}

/** The foreign objects of all files, each once. */
export function foreignIn(readings: readonly Reading[]): readonly Foreign[] {
  return [...new Map(readings.flatMap((one) => one.foreign).map((one) => [identityKey(one), one])).values()];
}
