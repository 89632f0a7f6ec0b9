import { z } from 'zod';
import { namespaceName, objectName } from './names.ts';

/** What every object carries beside its spec. Defaults: namespace `default`, no labels, no annotations. Other fields of Kubernetes are passed over. */
export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  /** Given by the store. */
  readonly uid?: string;
  /** Given by the store: grows by one with each change of the spec. */
  readonly generation?: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An object as it is written, less its status, which belongs to the store. */
export interface ResourceOf<Kind extends string, Spec> {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: Metadata;
  readonly spec: Spec;
}

/** Text by key; `null` is an empty one, as Kubernetes reads it. */
const texts = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? {});

/** Tolerant, as Kubernetes is: unknown fields are dropped. */
export const metadata: z.ZodType<Metadata> = z.object({
  name: objectName,
  namespace: namespaceName.default('default'),
  uid: z.string().exactOptional(),
  generation: z.int().exactOptional(),
  labels: texts,
  annotations: texts,
});
