import { z } from 'zod';
import { checkAddress } from './annotations.ts';
import { metadata, type Metadata } from './metadata.ts';

/** A Service of Kubernetes: of interest for its name alone, which is its address in a cluster. [Kubernetes Service] */
export interface Service {
  readonly apiVersion: string;
  readonly kind: 'Service';
  readonly metadata: Metadata;
}

/** A Service, checked; its spec is not read. */
export const service: z.ZodType<Service> = z
  .object({ apiVersion: z.literal('v1'), kind: z.literal('Service'), metadata })
  .superRefine((value, context) => checkAddress(value.metadata.annotations, context));
