import { randomUUID } from 'node:crypto';
import type { Clock } from '../../events/clock.ts';
import { RefusedError } from '../../events/errors.ts';
import type { ResourceStore } from '../store.ts';
import { FilesStore } from './files-store.ts';
import { findFiles } from './paths.ts';
import { loadRecords } from './records.ts';

/** What the files store needs. */
export interface FilesOptions {
  /** Files and folders, at least one; or none: then one Broker `default/default` is declared. */
  readonly paths: readonly string[];
  /** The data folder, which exists: `resources.json` is kept there. A folder of `paths` that holds it leaves it out. */
  readonly data: string;
  readonly clock: Clock;
  /** Gives uids. Default: random ones. */
  readonly newUid?: () => string;
  /** How long nothing may change before files are read again, ms. */
  readonly quietMs?: number;
}

/**
 * Opens a store over YAML and JSON files and watches them. Resolves when everything was read once. Rejects `folder-unreadable` if a path cannot be read now (later it is an entry
 * in `refused`, and what it declared stays), `data-folder-newer` or `data-folder-damaged` for `resources.json`.
 */
export async function openFiles(options: FilesOptions): Promise<ResourceStore> {
  const { paths, data } = options;
  const missing = (await findFiles(paths, data)).unreadable.find(({ given }) => given);
  if (missing)
    throw new RefusedError(
      'folder-unreadable',
      `${missing.path}: ${missing.why}; name a file or folder that can be read`,
      { path: missing.path },
    );
  const store = new FilesStore({ newUid: randomUUID, ...options }, await loadRecords(data));
  await store.refresh();
  return store;
}
