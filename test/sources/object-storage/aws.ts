import {
  CreateBucketCommand,
  DeleteObjectsCommand,
  type Event,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Server } from '../../servers/server.ts';

const REGION = 'us-east-1';

/** What S3 tells of unless a test asks for less. */
export const ALL: readonly Event[] = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'];

/** Who puts objects into a store that speaks S3. */
export class S3User implements Disposable {
  readonly #client: S3Client;

  constructor(endpoint: string, env: Server['env']) {
    this.#client = new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials: credentials(env) });
  }

  /** A bucket that tells a queue, whatever its ARN says that is. */
  async bucket(name: string, arn: string, events: readonly Event[] = ALL): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: name }));
    await this.#client.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket: name,
        NotificationConfiguration: { QueueConfigurations: [{ QueueArn: arn, Events: [...events] }] },
      }),
    );
  }

  async put(bucket: string, key: string): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: `it is ${key}` }));
  }

  /** One request for all of them. */
  async remove(bucket: string, keys: readonly string[]): Promise<void> {
    const Delete = { Objects: keys.map((Key) => ({ Key })) };
    await this.#client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }));
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

/** Who has queues of SQS. */
export class SqsUser implements Disposable {
  readonly #client: SQSClient;

  constructor(endpoint: string, env: Server['env']) {
    this.#client = new SQSClient({ endpoint, region: REGION, credentials: credentials(env) });
  }

  /** The URL and the ARN of a new queue. */
  async queue(name: string): Promise<{ readonly url: string; readonly arn: string }> {
    const { QueueUrl = '' } = await this.#client.send(new CreateQueueCommand({ QueueName: name }));
    return { url: QueueUrl, arn: `arn:aws:sqs:${REGION}:123456789012:${name}` };
  }

  async send(url: string, body: string): Promise<void> {
    await this.#client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
  }

  /** How many messages there are, whether somebody has them or not. */
  async count(url: string): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }),
    );
    return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

function credentials(env: Server['env']): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  return { accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '' };
}
