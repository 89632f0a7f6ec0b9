import type { DeadLetter } from '../abilities.ts';
import type { Stored } from './entry-store.ts';

/** The dead letters of one subscription, oldest first. Their ids are numbers that grow. */
export class DeadLetterBox {
  readonly #dead = new Map<string, { readonly letter: DeadLetter; readonly stored: Stored }>();
  #bytes = 0;

  get count(): number {
    return this.#dead.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(id: string): boolean {
    return this.#dead.has(id);
  }

  /** `stored` is the entry that the letter keeps. */
  add(letter: DeadLetter, stored: Stored): void {
    this.#dead.set(letter.id, { letter, stored });
    this.#bytes += stored.bytes;
  }

  /** Takes out those of `ids` that are there, and answers what they kept. */
  take(ids: readonly string[]): readonly Stored[] {
    const taken: Stored[] = [];
    for (const id of ids) {
      const dead = this.#dead.get(id);
      if (!dead) continue;
      this.#dead.delete(id);
      this.#bytes -= dead.stored.bytes;
      taken.push(dead.stored);
    }
    return taken;
  }

  /** Those after the letter `after`, also when that one is gone already. */
  list(page: { readonly after?: string; readonly limit: number }): readonly DeadLetter[] {
    const letters: DeadLetter[] = [];
    for (const { letter } of this.#dead.values()) {
      if (letters.length >= page.limit) break;
      if (page.after === undefined || Number(letter.id) > Number(page.after)) letters.push(letter);
    }
    return letters;
  }
}
