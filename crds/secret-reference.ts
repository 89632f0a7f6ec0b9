import { z } from 'zod';
import { filledText, objectName } from './names.ts';

/** One value of a Secret in the same namespace. [Knative SecretValueFromSource] */
export interface SecretReference {
  readonly secretKeyRef: { readonly name: string; readonly key: string };
}

/** A SecretReference, checked. */
export const secretReference: z.ZodType<SecretReference> = z.strictObject({
  secretKeyRef: z.strictObject({ name: objectName, key: filledText }),
});
