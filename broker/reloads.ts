import { isDeepStrictEqual } from 'node:util';
import { identityKey, identityOf, identityText } from '../crds/identity.ts';
import type { Log } from '../events/log.ts';
import type { Declared } from '../resources/store.ts';

/** How many are named of what was added, changed or removed; of the rest the number is told. */
const NAMED_MAX = 10;

/** Tells the log what a reload changed in what is declared: one line for each that changed something, names only. */
export class Reloads {
  readonly #log: Log;
  #declared: ReadonlyMap<string, Declared> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** What is declared now. The first time nothing is told: whoever starts a process knows what it is to serve. */
  tell(resources: readonly Declared[]): void {
    const before = this.#declared;
    const now = new Map(resources.map((one) => [identityKey(identityOf(one)), one]));
    this.#declared = now;
    if (!before) return;
    const added: Declared[] = [];
    const changed: Declared[] = [];
    for (const [key, one] of now) {
      const was = before.get(key);
      if (!was) added.push(one);
      // The generation, which is among the metadata, counts the changes of all the rest.
      else if (!isDeepStrictEqual(was.metadata, one.metadata)) changed.push(one);
    }
    const removed = [...before].flatMap(([key, one]) => (now.has(key) ? [] : [one]));
    if (added.length + changed.length + removed.length === 0) return;
    this.#log.info('resources.changed', { added: names(added), changed: names(changed), removed: names(removed) });
  }
}

function names(resources: readonly Declared[]): string | undefined {
  if (resources.length === 0) return undefined;
  const named = resources.slice(0, NAMED_MAX).map((one) => identityText(identityOf(one)));
  const more = resources.length - named.length;
  return named.join(', ') + (more === 0 ? '' : ` and ${more} more`);
}
