import { z } from 'zod';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import {
  checkHttp,
  OBJECT_STORAGE_PROVIDERS,
  objectStorageHttp,
  type ObjectStorageHttp,
  type ObjectStorageProvider,
} from './object-storage-http.ts';
import { objectStorageQueue, type ObjectStorageQueue } from './object-storage-queue.ts';
import { connectionSecretNeeds, foreignNamespace } from './rabbitmq-cluster.ts';
import { refuse } from './refusal.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** Whose notifications, and how they come in: pushed (`http`) or fetched (`queue`), exactly one of them. */
export interface ObjectStorageSourceSpec extends SourceSpec {
  readonly provider: ObjectStorageProvider;
  readonly http?: ObjectStorageHttp;
  readonly queue?: ObjectStorageQueue;
}

/** Emits what an object storage tells of its objects. */
export type ObjectStorageSource = ResourceOf<'ObjectStorageSource', ObjectStorageSourceSpec>;

const spec = z
  .strictObject({
    ...sourceFields,
    provider: z.enum(OBJECT_STORAGE_PROVIDERS),
    http: objectStorageHttp.exactOptional(),
    queue: objectStorageQueue.exactOptional(),
  })
  .superRefine(({ provider, http, queue }, context) => {
    if (http && queue) refuse(context, { found: 'stands beside http', allowed: 'write one of the two', at: ['queue'] });
    if (!http && !queue)
      refuse(context, {
        found: 'has no way in',
        allowed: 'write http (notifications are pushed) or queue (they are fetched)',
      });
    if (http) checkHttp(provider, http, context);
    if (queue?.sqs && provider !== 's3')
      refuse(context, { found: `is no queue of provider ${provider}`, allowed: 'leave it out', at: ['queue', 'sqs'] });
  });

/** An ObjectStorageSource, checked. What anybody can forge is no source, unless it says so itself. */
export const objectStorageSource: z.ZodType<ObjectStorageSource> = z
  .strictObject({
    apiVersion: z.literal('sources.weir.dev/v1alpha1'),
    kind: z.literal('ObjectStorageSource'),
    metadata,
    spec,
  })
  .superRefine(({ metadata: { namespace }, spec: { queue } }, context) => {
    const reference = queue?.rabbitmq?.rabbitmqClusterReference;
    const foreign = reference && foreignNamespace(reference, namespace);
    const at = ['spec', 'queue', 'rabbitmq', 'rabbitmqClusterReference', 'namespace'];
    if (foreign) refuse(context, { ...foreign, at });
  });

/** ObjectStorageSource among the kinds. */
export const objectStorageSourceKind: Kind<ObjectStorageSource> = {
  ...OPEN,
  apiVersion: 'sources.weir.dev/v1alpha1',
  kind: 'ObjectStorageSource',
  plural: 'objectstoragesources',
  singular: 'objectstoragesource',
  schema: objectStorageSource,
  conditions: ['SecretsProvided', 'SinkProvided', 'Deployed'],
  secrets: ({ spec: { queue } }) =>
    queue?.rabbitmq ? connectionSecretNeeds(queue.rabbitmq.rabbitmqClusterReference) : [],
  source: {
    // The buckets, which the source attribute names, are known to the sender alone.
    emits: () => [],
    called: ({ spec: { http } }) => http !== undefined,
    column: ['PROVIDER', 'provider'],
  },
};
