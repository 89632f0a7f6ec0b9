import { z } from 'zod';
import { filledText, objectName } from './names.ts';

/** One value of a Secret in the same namespace. [Knative SecretValueFromSource] */
export interface SecretReference {
  readonly secretKeyRef: { readonly name: string; readonly key: string };
}

/** A value that is read of a Secret named as a whole; `optional`: it does without. */
export interface SecretNeed extends SecretReference {
  readonly optional: boolean;
}

/** A SecretReference, checked. */
export const secretReference: z.ZodType<SecretReference> = z.strictObject({
  secretKeyRef: z.strictObject({ name: objectName, key: filledText }),
});
