import type { SecretReference } from '../crds/secret-reference.ts';
import { RefusedError } from '../events/errors.ts';
import type { SourceInstance } from './kind.ts';

/** The value that the reference at `path` (`spec.password`) stands for. Throws `secret-missing` if it is not there or empty. */
export function secretValue(
  instance: Pick<SourceInstance, 'secrets'>,
  { secretKeyRef: { name, key } }: SecretReference,
  path: string,
): string {
  const value = instance.secrets.get(`${name}/${key}`);
  if (value !== undefined && value !== '') return value;
  const at = `${path}.secretKeyRef`;
  throw new RefusedError('secret-missing', `${at}: key ${key} of Secret ${name} is not there or empty; add it`, {
    path: at,
  });
}
