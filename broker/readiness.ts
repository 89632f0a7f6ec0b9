import { READY } from '../crds/conditions.ts';
import { identityOf } from '../crds/identity.ts';
import type { Log } from '../events/log.ts';
import type { StatusWrite } from '../resources/reconcile.ts';
import type { Declared } from '../resources/store.ts';

/** Tells the log what is declared and does not work, and when it does again: each once, until its message is another. */
export class Readiness {
  readonly #log: Log;
  #told: ReadonlyMap<string, string> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /** What is declared now, and the statuses that were just put; of the others their own counts. */
  tell(resources: readonly Declared[], written: readonly StatusWrite[]): void {
    const newest = new Map(written.map(({ uid, status }) => [uid, status]));
    const told = new Map<string, string>();
    for (const resource of resources) {
      const { uid } = resource.metadata;
      const ready = (newest.get(uid) ?? resource.status)?.conditions?.find(({ type }) => type === READY);
      const before = this.#told.get(uid);
      if (ready?.status === 'False') {
        const error = ready.message ?? ready.reason ?? '';
        told.set(uid, error);
        if (error !== before) this.#log.warn('resource.not-ready', { ...named(resource), error });
      } else if (ready?.status === 'True') {
        if (before !== undefined) this.#log.info('resource.ready', named(resource));
      } else if (before !== undefined) told.set(uid, before);
    }
    this.#told = told;
  }
}

function named(resource: Declared): { readonly kind: string; readonly name: string } {
  const { kind, namespace, name } = identityOf(resource);
  return { kind, name: `${namespace}/${name}` };
}
