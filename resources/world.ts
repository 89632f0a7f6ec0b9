import type { DeliverySpec } from '../crds/delivery.ts';
import { RefusedError, quoted } from '../events/errors.ts';

/** What `reconcile` must know of the process and its surroundings, as values. */
export interface World {
  /** Where Brokers take events, as others reach it: `http://127.0.0.1:8080`, without a slash at the end. */
  readonly ingressUrl: string;
  /** Where the senders of webhooks reach this process, without a slash at the end. */
  readonly publicUrl?: string;
  /** What `--map` says: `addressKey` -> URL. */
  readonly map: ReadonlyMap<string, string>;
  /** `cluster.local`: a Service resolves to its name in the cluster's DNS. Undefined: there is no such DNS. */
  readonly clusterDomain?: string;
  /** Kinds of channel that this process can open, and the one for a Broker whose class says nothing. */
  readonly channelKinds: readonly string[];
  readonly defaultChannel: string;
  /** Which classes of Broker are ours; `none` stands for a Broker without class. */
  readonly brokerClasses: 'every' | readonly string[];
  /** The environment, for secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Now, RFC 3339: the time of what changes. */
  readonly now: string;
  /** The policy that counts for a Trigger in words, for its status: annotation `weir.dev/delivery`. Pure. */
  readonly describePolicy?: (trigger: DeliverySpec | undefined, broker: DeliverySpec | undefined) => string;
}

/** `<namespace>/<kind>/<name>`, the kind in lower case. */
export function addressKey(namespace: string, kind: string, name: string): string {
  return `${namespace}/${kind.toLowerCase()}/${name}`;
}

/** Reads the values of `--map`: `<namespace>/<kind>/<name>=URL`. Throws `usage` for one that is none, and for two that say different things. */
export function parseMap(flags: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const flag of flags) {
    const equals = flag.indexOf('=');
    const [namespace = '', kind = '', name = '', ...more] = flag.slice(0, Math.max(equals, 0)).split('/');
    const url = flag.slice(equals + 1);
    if (!namespace || !kind || !name || more.length > 0 || !isHttpUrl(url))
      throw new RefusedError(
        'usage',
        `--map ${quoted(flag)}: write --map <namespace>/<kind>/<name>=URL, the URL absolute, http or https, without user and password`,
      );
    const key = addressKey(namespace, kind, name);
    if ((map.get(key) ?? url) !== url)
      throw new RefusedError('usage', `--map ${key}: is given twice with different addresses; leave one out`);
    map.set(key, url);
  }
  return map;
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
