import type { Address } from '../crds/conditions.ts';
import type { Destination, Reference } from '../crds/destination.ts';
import { isSink } from '../crds/kinds.ts';
import { quoted } from '../events/errors.ts';
import { isOurs, type Directory } from './directory.ts';
import type { NamespacedName, SinkName, Target } from './plan.ts';
import { addressKey, type World } from './world.ts';

/** Where a destination leads, or why that is not known. `reason` is CamelCase; `message` says what to do. */
export type Resolution =
  /** `broker`: it is a Broker of this process, which a source may hand events to directly. */
  { readonly target: Target; readonly broker?: NamespacedName } | { readonly reason: string; readonly message: string };

/** Who asks: the namespace of the object, and the field the destination stands in. */
export interface Asking {
  readonly namespace: string;
  readonly path: string;
  readonly directory: Directory;
  readonly world: World;
}

/** Turns a destination into an address. Pure. [Knative Destination, C29 to C31] */
export function resolve(destination: Destination, asking: Asking): Resolution {
  const { ref, uri, CACerts, audience } = destination;
  const { path } = asking;
  // Events sent without the token that was asked for would be a hole nobody sees.
  if (audience !== undefined)
    return {
      reason: 'AudienceNotSupported',
      message: `${path}.audience: tokens are not served yet; leave it out to send without one`,
    };
  if (!ref) return { target: target({ url: uri ?? '' }, false, CACerts) };
  const found = resolveReference(ref, asking);
  if ('reason' in found) return found;
  if (uri === undefined)
    return {
      target: { ...target(found.address, found.brokerLike, CACerts), ...(found.sink ? { sink: found.sink } : {}) },
      ...(found.broker ? { broker: found.broker } : {}),
    };
  const url = URL.parse(uri, found.address.url);
  if (!url || !/^https?:$/.test(url.protocol))
    return { reason: 'UriInvalid', message: `${path}.uri: ${quoted(uri)} leads nowhere from ${found.address.url}` };
  return { target: target({ ...found.address, url: url.href }, false, CACerts) };
}

interface Found {
  readonly address: Address;
  /** A Broker or Channel: it reads the hop count. */
  readonly brokerLike: boolean;
  readonly broker?: NamespacedName;
  readonly sink?: SinkName;
}

function resolveReference(ref: Reference, asking: Asking): Found | Extract<Resolution, { reason: string }> {
  const { directory, world, path } = asking;
  const namespace = ref.namespace ?? asking.namespace;
  const brokerLike = /^(eventing|messaging)\.knative\.dev\//.test(ref.apiVersion) && /(Broker|Channel)$/.test(ref.kind);
  const mapped = world.map.get(addressKey(namespace, ref.kind, ref.name));
  if (mapped !== undefined) return { address: { url: mapped }, brokerLike };
  const own = ref.apiVersion === 'eventing.knative.dev/v1' && ref.kind === 'Broker';
  const broker = own ? directory.broker(namespace, ref.name) : undefined;
  const identity = { apiVersion: ref.apiVersion, kind: ref.kind, namespace, name: ref.name };
  const declared = directory.find(identity);
  if (declared && isSink(declared)) {
    const sink = { namespace, kind: ref.kind, name: ref.name };
    return { address: sinkAddress(sink, world), brokerLike: false, sink };
  }
  const addresses =
    broker && isOurs(broker, world) ? [brokerAddress(broker.metadata, world)] : directory.addresses(identity);
  const ours = broker && isOurs(broker, world) ? { broker: { namespace, name: ref.name } } : {};
  const address = ref.address === undefined ? addresses[0] : addresses.find(({ name }) => name === ref.address);
  if (address) return { address, brokerLike, ...ours };
  const who = `${ref.kind} ${namespace}/${ref.name}`;
  if (addresses.length > 0)
    return {
      reason: 'AddressNotFound',
      message: `${path}.ref.address: ${who} has no address ${quoted(ref.address)}; it has ${addresses.map(({ name }) => name ?? 'one without a name').join(', ')}`,
    };
  if (world.clusterDomain !== undefined && ref.apiVersion === 'v1' && ref.kind === 'Service')
    return { address: { url: `http://${ref.name}.${namespace}.svc.${world.clusterDomain}` }, brokerLike };
  const flag = `--map ${addressKey(namespace, ref.kind, ref.name)}=URL`;
  const first = own ? 'declare it' : 'give it the annotation weir.dev/address';
  return {
    reason: 'AddressUnknown',
    message: `${path}.ref: the address of ${who} is not known; ${first}, or start weir with ${flag}`,
  };
}

/** The address of a sink of ours. [Knative Addressable] */
export function sinkAddress({ namespace, kind, name }: SinkName, world: World): Address {
  return { name: 'http', url: `${world.ingressUrl}/-/sinks/${namespace}/${kind.toLowerCase()}/${name}` };
}

/** The address of a Broker of ours. [Knative Broker status.address; C2] */
export function brokerAddress({ namespace, name }: NamespacedName, world: World): Address {
  return { name: 'http', url: `${world.ingressUrl}/${namespace}/${name}` };
}

function target({ url, CACerts }: Address, broker: boolean, given: string | undefined): Target {
  const caCerts = given ?? CACerts;
  return { url, broker, ...(caCerts === undefined ? {} : { caCerts }) };
}
