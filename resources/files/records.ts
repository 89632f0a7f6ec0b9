import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { status as statusSchema, type Status } from '../../crds/conditions.ts';
import { identityKey, type Identity } from '../../crds/identity.ts';
import { kindOf, type Resource } from '../../crds/kinds.ts';
import { RefusedError } from '../../events/errors.ts';
import { writeAtomically } from '../../events/atomic-file.ts';
import { codeOf } from './paths.ts';

/** What is remembered of a resource: what it was when it was last accepted, and what a store gives it. */
export interface Known {
  readonly identity: Identity;
  readonly uid: string;
  readonly generation: number;
  /** As last accepted. A Secret's is not written, so it is unknown after a restart. */
  readonly resource?: Resource;
  readonly status?: Status;
  /** The file that declares it, absolute. */
  readonly file?: string;
  /** When it was found to be gone; undefined: it is declared. */
  readonly removedAtMs?: number;
  /** Accepted by this process, not only by an earlier one. */
  readonly fresh: boolean;
}

/** By `identityKey`. */
export type Records = ReadonlyMap<string, Known>;

/** The format of `resources.json`. A later one is refused, never guessed at. */
export const FORMAT = 1;

/** The file in the data folder. */
export const RECORDS_FILE = 'resources.json';

const record = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  generation: z.int(),
  resource: z.unknown().exactOptional(),
  status: statusSchema.exactOptional(),
  file: z.string().exactOptional(),
  removedAtMs: z.number().exactOptional(),
});
const content = z.object({ format: z.int(), resources: z.array(z.unknown()) });

/** Reads `<data>/resources.json`; none = nothing known. Rejects `data-folder-newer`, `data-folder-damaged`. */
export async function loadRecords(data: string): Promise<Records> {
  const path = join(data, RECORDS_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return new Map();
    throw damaged(path, cause);
  }
  const { format, resources } = checked(path, () => content.parse(JSON.parse(text)));
  if (format > FORMAT)
    throw new RefusedError(
      'data-folder-newer',
      `${path}: has format ${format}, this Weir writes ${FORMAT}; start a newer Weir`,
    );
  const known = resources.map((one) => knownFrom(checked(path, () => record.parse(one))));
  return new Map(known.map((one) => [identityKey(one.identity), one]));
}

/** Writes them all or none; resolves when they would survive a power cut. No value of a Secret is written. Calls must not overlap. */
export async function saveRecords(data: string, records: Records): Promise<void> {
  const resources = [...records.values()].map((known) => {
    const { identity, uid, generation, resource, status, file, removedAtMs } = known;
    const written = resource?.kind === 'Secret' ? undefined : resource;
    return { ...identity, uid, generation, file, removedAtMs, resource: written, status };
  });
  await writeAtomically(join(data, RECORDS_FILE), `${JSON.stringify({ format: FORMAT, resources })}\n`);
}

// What an older Weir accepted may be refused by this one: then its uid and status are known, but not what it was.
function knownFrom({ apiVersion, kind, namespace, name, resource, ...rest }: z.output<typeof record>): Known {
  const parsed = kindOf({ apiVersion, kind })?.schema.safeParse(resource);
  return {
    identity: { apiVersion, kind, namespace, name },
    ...rest,
    ...(parsed?.success === true ? { resource: parsed.data } : {}),
    fresh: false,
  };
}

function checked<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown): RefusedError {
  const what = 'cannot be read; restore it, or delete it: uids, statuses and last good versions start anew then';
  return new RefusedError('data-folder-damaged', `${path}: ${what}`, { path, cause });
}
