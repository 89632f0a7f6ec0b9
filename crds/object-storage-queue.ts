import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { kafkaFields, type KafkaReading } from './kafka-source.ts';
import { filledText } from './names.ts';
import {
  checkNatsStream,
  natsConnectionFields,
  natsStreamFields,
  type NatsConnection,
  type NatsStream,
} from './nats-jet-stream-source.ts';
import { rabbitmqConnectionFields, type RabbitmqConnectionSpec } from './rabbitmq-source.ts';
import {
  redisConnectionFields,
  redisStreamFields,
  type RedisConnection,
  type RedisStream,
} from './redis-stream-source.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';

/** A queue of SQS that a bucket, a topic or a rule sends to. */
export interface SqsQueue {
  readonly queueUrl: string;
  /** undefined: as in `queueUrl`. */
  readonly region?: string;
  /** Of another server that speaks SQS's protocol. */
  readonly endpoint?: string;
  /** undefined: what the AWS SDK finds in its surroundings (environment, files, instance). */
  readonly credentials?: {
    readonly accessKeyId: SecretReference;
    readonly secretAccessKey: SecretReference;
    readonly sessionToken?: SecretReference;
  };
  /** How long one poll waits for a message, s. */
  readonly waitTimeSeconds: number;
  /** How long a message that was fetched is nobody else's; it is extended while its events are not accepted, s. */
  readonly visibilityTimeout: number;
  /** Polls at the same time. */
  readonly receivers: number;
}

/** A queue that notifications are read from: exactly one. All but SQS as in the source of that name. */
export interface ObjectStorageQueue {
  readonly sqs?: SqsQueue;
  readonly kafka?: KafkaReading;
  readonly rabbitmq?: RabbitmqConnectionSpec;
  readonly redis?: RedisConnection & RedisStream & { readonly consumers: number };
  readonly nats?: NatsConnection & NatsStream;
}

const REGION = /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?\//;

const url = z.string().superRefine((text, context) => {
  const parsed = URL.parse(text);
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.password !== '')
    refuse(context, {
      found: 'is no such URL',
      allowed: 'write an absolute http or https URL without user and password',
    });
});

const sqs = z
  .strictObject({
    queueUrl: url,
    region: filledText.exactOptional(),
    endpoint: url.exactOptional(),
    credentials: z
      .strictObject({
        accessKeyId: secretReference,
        secretAccessKey: secretReference,
        sessionToken: secretReference.exactOptional(),
      })
      .exactOptional(),
    waitTimeSeconds: between(0, 20).default(20),
    visibilityTimeout: between(5, 43_200).default(60),
    receivers: between(1, 32).default(2),
  })
  .superRefine((value, context) => {
    if (value.region === undefined && sqsRegion(value.queueUrl) === undefined)
      refuse(context, { found: 'is missing', allowed: 'queueUrl does not say it: write it', at: ['region'] });
  });

/** What `queue` may hold. */
export const objectStorageQueue: z.ZodType<ObjectStorageQueue> = z
  .strictObject({
    sqs: sqs.exactOptional(),
    kafka: z.strictObject(kafkaFields).exactOptional(),
    rabbitmq: z.strictObject(rabbitmqConnectionFields).exactOptional(),
    redis: z
      .strictObject({ ...redisConnectionFields, ...redisStreamFields, consumers: between(1, 64).default(1) })
      .exactOptional(),
    nats: z
      .strictObject({ ...natsConnectionFields, ...natsStreamFields })
      .superRefine(checkNatsStream)
      .exactOptional(),
  })
  .superRefine((value, context) => {
    const given = Object.keys(value);
    if (given.length !== 1)
      refuse(context, {
        found: given.length === 0 ? 'names no queue' : `names ${given.join(' and ')}`,
        allowed: 'name exactly one: sqs, kafka, rabbitmq, redis or nats',
      });
  });

/** The region that the URL of a queue at AWS names. */
export function sqsRegion(queueUrl: string): string | undefined {
  return REGION.exec(queueUrl)?.[1];
}

function between(least: number, most: number): z.ZodType<number> {
  return z.int().superRefine((number, context) => {
    if (number < least || number > most)
      refuse(context, { found: `is ${quoted(number)}`, allowed: `write a number from ${least} to ${most}` });
  });
}
