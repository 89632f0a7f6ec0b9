import { mkdtemp, mkdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { systemClock } from '../../../events/clock.ts';
import { openFiles } from '../../../resources/files/open.ts';
import type { ResourceStore } from '../../../resources/store.ts';
import type { Document, StoreWorld } from '../store-conformance.ts';

/** A temporary folder with one for resources and one for data, and stores over them. Disposal removes both. */
export class Folder implements StoreWorld {
  readonly root: string;
  readonly resources: string;
  readonly data: string;
  readonly #stores: ResourceStore[] = [];

  private constructor(root: string) {
    this.root = root;
    this.resources = join(root, 'resources');
    this.data = join(root, 'data');
  }

  static async make(): Promise<Folder> {
    const folder = new Folder(await mkdtemp(join(tmpdir(), 'weir-files-')));
    await mkdir(folder.resources);
    await mkdir(folder.data);
    return folder;
  }

  async open(...paths: readonly string[]): Promise<ResourceStore> {
    const all = paths.length > 0 ? paths : [this.resources];
    const store = await openFiles({ paths: all, data: this.data, clock: systemClock });
    this.#stores.push(store);
    return store;
  }

  /** Writes a file below the folder of resources: text, or documents as YAML. */
  async write(name: string, ...content: readonly (string | Document)[]): Promise<string> {
    const path = join(this.resources, name);
    await mkdir(dirname(path), { recursive: true });
    const texts = content.map((one) => (typeof one === 'string' ? one : stringify(one)));
    await writeFile(path, texts.join('---\n'));
    return path;
  }

  async delete(name: string): Promise<void> {
    await unlink(join(this.resources, name));
  }

  declare(document: Document): Promise<void> {
    return this.write(fileOf(document), document).then(() => {});
  }

  remove(document: Document): Promise<void> {
    return this.delete(fileOf(document));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store[Symbol.asyncDispose]();
    await rm(this.root, { recursive: true, force: true });
  }
}

function fileOf(document: Document): string {
  const { kind, metadata } = document;
  const name = typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : '';
  return `${String(kind).toLowerCase()}-${String(name)}.yaml`;
}
