import type { KnownVersion } from './kube-change.ts';
import { isObject, member, parsedJson } from '../member.ts';

/** Where a watch begins that has not come to any version yet. */
export type Beginning = KnownVersion | 'begin';

/**
 * How far each watch of a source came: its position. Versions of another API server say nothing of this one, and are not used. What is told while a save is under way is saved by the next one, for all watches
 * together.
 */
export class Versions {
  readonly #server: string;
  readonly #save: (position: string) => Promise<void>;
  readonly #versions = new Map<string, Beginning>();
  #saving: Promise<void> | undefined;
  #dirty = false;

  constructor(server: string, saved: string | undefined, save: (position: string) => Promise<void>) {
    this.#server = server;
    this.#save = save;
    const json = parsedJson(saved ?? '');
    const versions = member('versions')(json);
    if (member('server')(json) !== server || !isObject(versions)) return;
    for (const [key, value] of Object.entries(versions)) {
      const [version, atMs]: readonly unknown[] = Array.isArray(value) ? value : [];
      if (typeof version === 'string' && typeof atMs === 'number')
        this.#versions.set(key, version === '' ? 'begin' : { version, atMs });
    }
  }

  get keys(): readonly string[] {
    return [...this.#versions.keys()];
  }

  get(key: string): Beginning | undefined {
    return this.#versions.get(key);
  }

  /** Not saved by itself. */
  put(key: string, beginning: Beginning): void {
    this.#versions.set(key, beginning);
  }

  /** Not saved by itself. */
  drop(key: string): void {
    this.#versions.delete(key);
  }

  /** Resolves when it would survive `kill -9`. */
  reached(key: string, known: KnownVersion): Promise<void> {
    this.#versions.set(key, known);
    this.#dirty = true;
    this.#saving ??= this.#drain().finally(() => (this.#saving = undefined));
    return this.#saving;
  }

  async #drain(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      await this.#save(this.#text());
    }
  }

  #text(): string {
    const versions = Object.fromEntries(
      [...this.#versions].map(([key, one]) => [key, one === 'begin' ? ['', 0] : [one.version, one.atMs]]),
    );
    return JSON.stringify({ server: this.#server, versions });
  }
}
