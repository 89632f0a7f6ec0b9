import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { RefusedError } from '../../events/errors.ts';
import { identityText, type Identity } from '../../crds/identity.ts';
import { writeAtomically } from '../../events/atomic-file.ts';
import { codeOf } from './paths.ts';
import type { Place } from './read.ts';

/** Where a document is to be written: over the one at `place`; else into a file of its own in `folder`; else at the end of `file`. */
export interface Destined {
  readonly identity: Identity;
  readonly place?: Place | undefined;
  readonly folder?: string | undefined;
  readonly file?: string | undefined;
}

const MODE = 0o644;

/** Writes a document as YAML and leaves all else in the file as it is. Rejects `resource-unsupported` where there is no place for it. */
export async function writeDocument(document: unknown, to: Destined): Promise<void> {
  if (to.place) return await overwrite(document, to.place, to.identity);
  const text = stringify(document);
  if (to.folder !== undefined) {
    const { kind, namespace, name } = to.identity;
    return await writeAtomically(join(to.folder, `${kind.toLowerCase()}-${namespace}-${name}.yaml`), text, MODE);
  }
  if (to.file === undefined || to.file.endsWith('.json'))
    throw new RefusedError(
      'resource-unsupported',
      `${identityText(to.identity)}: there is no folder to write it to; start Weir with one`,
    );
  const before = await readFile(to.file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  const joint = before === '' || before.endsWith('\n') ? '' : '\n';
  await writeAtomically(to.file, before === '' ? text : `${before}${joint}---\n${text}`, MODE);
}

async function overwrite(document: unknown, place: Place, identity: Identity): Promise<void> {
  const { file, line, range } = place;
  if (!range)
    throw new RefusedError(
      'resource-unsupported',
      `${file}:${line}: ${identityText(identity)}: is an item of a List; change it there`,
    );
  const before = await readFile(file, 'utf8');
  const head = before.slice(0, range.from);
  const text = file.endsWith('.json') ? JSON.stringify(document, null, 2) : stringify(document).trimEnd();
  // `--- {a: 1}` may stand on one line; a block may not.
  const joint = head === '' || head.endsWith('\n') ? '' : '\n';
  const end = before.slice(range.from, range.to).endsWith('\n') ? '\n' : '';
  await writeAtomically(file, head + joint + text + end + before.slice(range.to), MODE);
}
