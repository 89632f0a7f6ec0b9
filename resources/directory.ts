import { ADDRESS, addressOf, BROKER_CLASS } from '../crds/annotations.ts';
import type { Broker } from '../crds/broker.ts';
import type { ConfigMap } from '../crds/config-map.ts';
import type { Address } from '../crds/conditions.ts';
import { identityKey, identityOf, type Identity } from '../crds/identity.ts';
import type { Secret } from '../crds/secret.ts';
import type { Declared, Snapshot } from './store.ts';
import type { World } from './world.ts';

/** What is declared, found by who it is. Built once for each reconcile. */
export class Directory {
  readonly #declared: ReadonlyMap<string, Declared>;
  readonly #addresses: ReadonlyMap<string, readonly Address[]>;

  constructor(snapshot: Snapshot) {
    this.#declared = new Map(snapshot.resources.map((one) => [identityKey(identityOf(one)), one]));
    this.#addresses = new Map(snapshot.foreign.map((one) => [identityKey(one), one.addresses]));
  }

  find(identity: Identity): Declared | undefined {
    return this.#declared.get(identityKey(identity));
  }

  broker(namespace: string, name: string): (Broker & Declared) | undefined {
    const found = this.find({ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', namespace, name });
    return found?.kind === 'Broker' ? found : undefined;
  }

  configMap(namespace: string, name: string): ConfigMap | undefined {
    const found = this.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
    return found?.kind === 'ConfigMap' ? found : undefined;
  }

  secret(namespace: string, name: string): Secret | undefined {
    const found = this.find({ apiVersion: 'v1', kind: 'Secret', namespace, name });
    return found?.kind === 'Secret' ? found : undefined;
  }

  /** The addresses an object declares of itself: by annotation, or, where it is of a foreign kind, in its status. */
  addresses(identity: Identity): readonly Address[] {
    const annotated = this.find(identity)?.metadata.annotations[ADDRESS];
    const url = annotated === undefined ? undefined : addressOf(annotated);
    return url === undefined ? (this.#addresses.get(identityKey(identity)) ?? []) : [{ url }];
  }
}

/** The class of a Broker, if it says one. */
export function classOf(broker: Broker): string | undefined {
  return broker.metadata.annotations[BROKER_CLASS];
}

/** Whether a Broker is ours by its class; another's is left alone, its Triggers too. */
export function isOurs(broker: Broker, world: World): boolean {
  return world.brokerClasses === 'every' || world.brokerClasses.includes(classOf(broker) ?? 'none');
}
