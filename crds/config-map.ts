import { z } from 'zod';
import { checkAddress } from './annotations.ts';
import { metadata, type Metadata } from './metadata.ts';

/** Texts by key: how a Broker's class is to store events, when `spec.config` names it. [Kubernetes ConfigMap] */
export interface ConfigMap {
  readonly apiVersion: string;
  readonly kind: 'ConfigMap';
  readonly metadata: Metadata;
  readonly data: Readonly<Record<string, string>>;
}

/** A ConfigMap, checked. `binaryData` is accepted and not read. */
export const configMap: z.ZodType<ConfigMap> = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('ConfigMap'),
    metadata,
    data: z.record(z.string(), z.string()).nullable().exactOptional(),
    binaryData: z.record(z.string(), z.string()).nullable().exactOptional(),
    immutable: z.boolean().exactOptional(),
  })
  .superRefine((value, context) => checkAddress(value.metadata.annotations, context))
  .transform(({ apiVersion, kind, metadata, data }) => ({ apiVersion, kind, metadata, data: data ?? {} }));
