import type { z } from 'zod';
import { RefusedError } from '../events/errors.ts';

/** An object of some kind, as plain values. */
interface Instance {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string;
  readonly spec: unknown;
}

/** The spec of an instance as the schema of its kind reads it: typed, defaults filled in. What was parsed before comes out as it is. Throws `resource-invalid`. */
export function parsedSpec<S>(schema: z.ZodType<{ readonly spec: S }>, apiVersion: string, instance: Instance): S {
  const { kind, namespace, name, spec } = instance;
  const result = schema.safeParse({ apiVersion, kind, metadata: { namespace, name }, spec });
  if (result.success) return result.data.spec;
  const path = result.error.issues[0]?.path.map(String).join('.') ?? 'spec';
  throw new RefusedError('resource-invalid', `${path}: ${result.error.issues[0]?.message ?? 'is not valid'}`, { path });
}
