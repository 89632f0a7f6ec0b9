import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResourceStore, Snapshot } from '../../../resources/store.ts';
import { found, triggerDocument, triggerNamed, type Document } from '../store-conformance.ts';
import type { Folder } from './folder.ts';

/** The Trigger these tests are about. */
export const HOOK = triggerNamed('hook');

/** A version of it that is refused. */
export const BAD: Document = triggerDocument('hook', { filters: [{ exact: { type: '' } }] });

/** Its `spec.delivery.retry`, as a mark of which version this is. */
export function retryOf(snapshot: Snapshot): unknown {
  const one = found(snapshot, HOOK);
  return one?.kind === 'Trigger' ? one.spec.delivery?.retry : undefined;
}

/** What is refused, the folder written as `res`. */
export function messages(folder: Folder, { refused }: Snapshot): readonly string[] {
  return refused.map(({ message }) => message.replaceAll(folder.resources, 'res'));
}

/** The names of what is declared, sorted. */
export function names({ resources }: Snapshot): readonly string[] {
  return resources.map(({ metadata }) => metadata.name).sort();
}

/** The line of a file on which `text` stands for the nth time. */
export async function lineOf(folder: Folder, name: string, [text, nth]: readonly [string, number]): Promise<number> {
  const lines = (await readFile(join(folder.resources, name), 'utf8')).split('\n');
  const at = lines.flatMap((line, i) => (line.includes(text) ? [i + 1] : []))[nth - 1];
  if (at === undefined) throw new Error(`${name} has no ${text}`);
  return at;
}

/** The next process on the same folders. */
export async function reopened(
  folder: Folder,
  store: ResourceStore,
  meanwhile: () => Promise<unknown>,
): Promise<ResourceStore> {
  await store[Symbol.asyncDispose]();
  await meanwhile();
  return await folder.open();
}
