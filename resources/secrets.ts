import { kindOf, type Resource } from '../crds/kinds.ts';
import { secretReference, type SecretNeed, type SecretReference } from '../crds/secret-reference.ts';
import type { Directory } from './directory.ts';
import type { World } from './world.ts';

/** The values by `<name>/<key>`, or why there are none: in words that hold no value. */
export type SecretValues =
  | { readonly values: ReadonlyMap<string, string> }
  | { readonly reason: string; readonly message: string };

/** The variable a value may come in: `WEIR_SECRET_<NAMESPACE>_<NAME>_<KEY>`, other characters than letters and digits as `_`, upper case. */
export function secretVariable(namespace: string, { secretKeyRef: { name, key } }: SecretReference): string {
  return `WEIR_SECRET_${namespace}_${name}_${key}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
}

/** Which references of all resources read each variable; two that are not the same one cannot both be meant. */
export type Variables = ReadonlyMap<string, readonly string[]>;

/** Every reference of every resource, by its variable. */
export function variablesOf(resources: readonly Resource[]): Variables {
  const variables = new Map<string, Set<string>>();
  for (const resource of resources)
    for (const reference of referencesOf(resource)) {
      const { namespace } = resource.metadata;
      const variable = secretVariable(namespace, reference);
      const readers = variables.get(variable) ?? new Set<string>();
      variables.set(variable, readers.add(text(namespace, reference)));
    }
  return new Map([...variables].map(([variable, readers]) => [variable, [...readers].sort()]));
}

/** The secrets a resource names: every `secretKeyRef` in its spec, and what its kind reads of Secrets that it names as a whole. */
export function referencesOf(resource: Resource): readonly SecretNeed[] {
  const named = 'spec' in resource ? [...referencesIn(resource.spec)] : [];
  return [
    ...named.map((reference) => ({ ...reference, optional: false })),
    ...(kindOf(resource)?.secrets?.(resource) ?? []),
  ];
}

function* referencesIn(value: unknown): Iterable<SecretReference> {
  if (typeof value !== 'object' || value === null) return;
  const { secretKeyRef: found } = { secretKeyRef: undefined, ...value };
  const reference = secretReference.safeParse({ secretKeyRef: found });
  if (reference.success) yield reference.data;
  else for (const inner of Object.values(value)) yield* referencesIn(inner);
}

/** Where values come from. */
interface SecretPlaces {
  readonly directory: Directory;
  readonly world: World;
  readonly variables: Variables;
}

const MISSING = 'SecretMissing';

/** Looks up what a resource names: in Secrets, else in the environment. Refused where both give a value, or where the variable may be meant for another. */
export function secretValues(resource: Resource, places: SecretPlaces): SecretValues {
  const values = new Map<string, string>();
  for (const reference of referencesOf(resource)) {
    const found = secretValue(reference, resource.metadata.namespace, places);
    if ('value' in found) values.set(secretKey(reference), found.value);
    else if (!reference.optional || found.reason !== MISSING) return found;
  }
  return { values };
}

/** As `secretValues`, but those that are there, where others are missing. */
export function secretValuesThere(resource: Resource, places: SecretPlaces): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const reference of referencesOf(resource)) {
    const found = secretValue(reference, resource.metadata.namespace, places);
    if ('value' in found) values.set(secretKey(reference), found.value);
  }
  return values;
}

function secretValue(
  reference: SecretReference,
  namespace: string,
  { directory, world, variables }: SecretPlaces,
): { readonly value: string } | { readonly reason: string; readonly message: string } {
  const { name, key } = reference.secretKeyRef;
  const variable = secretVariable(namespace, reference);
  const secret = directory.secret(namespace, name);
  const declared = secret && Object.hasOwn(secret.values, key) ? secret.values[key] : undefined;
  const given = world.env[variable];
  const who = text(namespace, reference);
  const readers = variables.get(variable) ?? [];
  if (declared !== undefined && given !== undefined)
    return {
      reason: 'SecretAmbiguous',
      message: `${who} is declared, and ${variable} is set too; keep one of the two`,
    };
  if (given !== undefined && readers.length > 1)
    return {
      reason: 'SecretAmbiguous',
      message: `${variable} could be meant for ${readers.join(' or ')}; declare these Secrets, and unset it`,
    };
  const value = declared ?? given;
  if (value === undefined || value === '')
    return {
      reason: MISSING,
      message: `${who} ${value === '' ? 'is empty' : 'is missing'}; declare it, or set ${variable}`,
    };
  return { value };
}

function secretKey({ secretKeyRef: { name, key } }: SecretReference): string {
  return `${name}/${key}`;
}

function text(namespace: string, { secretKeyRef: { name, key } }: SecretReference): string {
  return `key ${key} of Secret ${namespace}/${name}`;
}
