import { UnavailableError } from '../../events/errors.ts';
import type { Clock } from '../../events/clock.ts';
import type { ResourceStore } from '../store.ts';

/** What the files store needs. */
export interface FilesOptions {
  /** Files and folders, at least one; or none: then one Broker `default/default` is declared. */
  readonly paths: readonly string[];
  /** The data folder, which exists: `resources.json` is kept there. A folder of `paths` that holds it leaves it out. */
  readonly data: string;
  readonly clock: Clock;
  /** Gives uids. Default: random ones. */
  readonly newUid?: () => string;
}

/**
 * Opens a store over YAML and JSON files and watches them. Resolves when everything was read once. Rejects `folder-unreadable` if a path cannot be read now (later it is an entry
 * in `refused`, and what it declared stays), `data-folder-newer` or `data-folder-damaged` for `resources.json`.
 */
export async function openFiles(options: FilesOptions): Promise<ResourceStore> {
  throw new UnavailableError('internal', `not open yet: ${options.paths.join(', ')}`);
}
