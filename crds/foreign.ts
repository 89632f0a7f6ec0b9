import { addressOf, ADDRESS } from './annotations.ts';
import type { Address } from './conditions.ts';
import type { Identity } from './identity.ts';

/** An object of a kind that Weir does not serve: passed over, but for where a `ref` to it leads. */
export interface Foreign extends Identity {
  /** `status.address` first, then `status.addresses`; the annotation `weir.dev/address` before both. */
  readonly addresses: readonly Address[];
}

/** What counts of a foreign object. */
export function foreignOf(identity: Identity, document: Readonly<Record<string, unknown>>): Foreign {
  const status = field(document, 'status');
  const several = field(status, 'addresses');
  const found = [annotated(document), field(status, 'address'), ...(Array.isArray(several) ? several : [])];
  return { ...identity, addresses: found.flatMap((one) => addressIn(one) ?? []) };
}

function annotated(document: unknown): unknown {
  const url = field(field(field(document, 'metadata'), 'annotations'), ADDRESS);
  return typeof url === 'string' ? { url } : undefined;
}

function addressIn(value: unknown): Address | undefined {
  const url = field(value, 'url');
  if (typeof url !== 'string' || addressOf(url) === undefined) return undefined;
  const name = field(value, 'name');
  const caCerts = field(value, 'CACerts');
  const audience = field(value, 'audience');
  return {
    url,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof caCerts === 'string' ? { CACerts: caCerts } : {}),
    ...(typeof audience === 'string' ? { audience } : {}),
  };
}

/** A member of a value of unknown shape, if it is an object that has it. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
