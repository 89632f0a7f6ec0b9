import { sqsRegion, type SqsQueue } from '../../crds/object-storage-queue.ts';
import type { SourceInstance } from '../kind.ts';
import { secretValue } from '../secret-value.ts';
import type { SqsServer } from './sqs-link.ts';

/** A queue of a spec with the values of its secrets. Throws `secret-missing`. */
export function sqsServer(queue: SqsQueue, instance: SourceInstance): SqsServer {
  const { queueUrl, region = sqsRegion(queueUrl) ?? '', endpoint, waitTimeSeconds, visibilityTimeout } = queue;
  const path = 'spec.queue.sqs.credentials';
  const { accessKeyId, secretAccessKey, sessionToken } = queue.credentials ?? {};
  const credentials =
    accessKeyId && secretAccessKey
      ? {
          accessKeyId: secretValue(instance, accessKeyId, `${path}.accessKeyId`),
          secretAccessKey: secretValue(instance, secretAccessKey, `${path}.secretAccessKey`),
          ...(sessionToken ? { sessionToken: secretValue(instance, sessionToken, `${path}.sessionToken`) } : {}),
        }
      : undefined;
  return { queueUrl, region, endpoint, credentials, waitTimeSeconds, visibilityTimeout };
}
