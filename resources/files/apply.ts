import { stat } from 'node:fs/promises';
import { identityKey, identityOf, identityText, type Identity } from '../../crds/identity.ts';
import { parse } from '../../crds/parse.ts';
import { refusalText } from '../../crds/refusal.ts';
import { RefusedError } from '../../events/errors.ts';
import { accept } from './accept.ts';
import type { Gathered } from './gather.ts';
import type { Reading } from './read.ts';
import type { Records } from './records.ts';
import { writeDocument } from './replace.ts';

/** What a document is applied to. */
export interface Applied {
  readonly document: unknown;
  readonly paths: readonly string[];
  readonly gathered: Gathered;
  readonly known: Records;
}

const HERE = '(applied)';

/** Writes a document to the files, where it is declared already or where there is room; answers what it is. Rejects, before it writes anything, what would be refused if it were read. */
export async function applyDocument({ document, paths, gathered, known }: Applied): Promise<Identity> {
  const parsed = parse(document);
  if (parsed.is === 'refused') {
    const [first] = parsed.refusals;
    const who = parsed.identity ? `${identityText(parsed.identity)}: ` : '';
    throw new RefusedError(parsed.code, `${who}${first ? refusalText(first) : 'is refused'}`, { path: first?.path });
  }
  if (parsed.is !== 'resource')
    throw new RefusedError(
      'resource-unsupported',
      'the document is of no kind that is served; apply a Broker, a Trigger or a source',
    );
  const { resource } = parsed;
  const identity = identityOf(resource);
  const key = identityKey(identity);
  const places = gathered.readings.flatMap(({ placed }) =>
    placed.filter((one) => identityKey(identityOf(one.resource)) === key),
  );
  const [place, second] = places.map((one) => one.place);
  if (place && second)
    throw new RefusedError(
      'resource-duplicate',
      `${identityText(identity)}: is declared at ${place.file}:${place.line} and ${second.file}:${second.line}; remove one of them`,
    );
  const reading: Reading = {
    file: HERE,
    text: '',
    placed: [{ resource, place: { file: HERE, line: 1 } }],
    foreign: [],
    refused: [],
    unclear: false,
    ignored: false,
  };
  const [refused] = accept({ readings: [reading], unreadable: [], known, nowMs: 0, newUid: () => '' }).refused;
  if (refused)
    throw new RefusedError(refused.code, refused.message.slice(`${HERE}:1: `.length), { path: refused.path });
  await writeDocument(document, { identity, place, folder: await folderAmong(paths), file: paths[0] });
  return identity;
}

async function folderAmong(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if ((await stat(path)).isDirectory()) return path;
  return undefined;
}
