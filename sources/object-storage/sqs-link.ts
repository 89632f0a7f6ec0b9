import { UnavailableError } from '../../events/errors.ts';
import { within } from '../within.ts';
import type { Clock } from '../../events/clock.ts';

/** What SQS hands out at once, at most, and takes back at once. */
export const SQS_BATCH_MAX = 10;
/** Beyond what a poll may wait by itself. */
const DEADLINE_MS = 15_000;

/** Which queue, and as whom. */
export interface SqsServer {
  readonly queueUrl: string;
  readonly region: string;
  readonly endpoint: string | undefined;
  /** undefined: what the SDK finds in its surroundings. */
  readonly credentials:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string;
      }
    | undefined;
  readonly waitTimeSeconds: number;
  readonly visibilityTimeout: number;
}

/** A message that is nobody else's until its visibility timeout is over. */
export interface SqsMessage {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
}

/** One queue. Everything rejects `source-unavailable`, saying what SQS said; calls are repeated twice before. */
export interface SqsLink extends Disposable {
  /** At most ten messages; none after the wait, or when `signal` is aborted. */
  receive(signal: AbortSignal): Promise<readonly SqsMessage[]>;
  /** Deletes them; answers how many SQS did not delete. */
  remove(messages: readonly SqsMessage[]): Promise<number>;
  /** Keeps them from others for so many seconds more; 0 gives them back. */
  hold(messages: readonly SqsMessage[], seconds: number): Promise<void>;
  /** About how many wait; undefined: it may not be asked. */
  waiting(): Promise<number | undefined>;
}

/** Opens no connection: the first call does. Whoever disposes ends what is under way. */
export async function sqsLink(server: SqsServer, clock: Clock): Promise<SqsLink> {
  const sqs = await import('@aws-sdk/client-sqs');
  const client = new sqs.SQSClient({
    region: server.region,
    ...(server.endpoint === undefined ? {} : { endpoint: server.endpoint, useQueueUrlAsEndpoint: false }),
    ...(server.credentials ? { credentials: server.credentials } : {}),
    maxAttempts: 3,
  });
  const QueueUrl = server.queueUrl;
  const over = new AbortController();
  const ask = <T>(what: string, work: Promise<T>, delayMs = DEADLINE_MS): Promise<T> =>
    asked(`SQS ${what} at ${QueueUrl}`, work, { clock, delayMs });

  return {
    async receive(signal) {
      const { waitTimeSeconds, visibilityTimeout } = server;
      const poll = new sqs.ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: SQS_BATCH_MAX,
        WaitTimeSeconds: waitTimeSeconds,
        VisibilityTimeout: visibilityTimeout,
      });
      const answer = client.send(poll, { abortSignal: signal }).catch((error: unknown) => {
        if (signal.aborted) return { Messages: [] };
        throw error;
      });
      const { Messages = [] } = await ask('ReceiveMessage', answer, waitTimeSeconds * 1000 + DEADLINE_MS);
      return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '' }) => ({
        id: MessageId,
        receipt: ReceiptHandle,
        body: Body,
      }));
    },
    async remove(messages) {
      const command = new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: entries(messages) });
      const { Failed = [] } = await ask('DeleteMessageBatch', client.send(command, { abortSignal: over.signal }));
      return Failed.length;
    },
    async hold(messages, seconds) {
      const Entries = entries(messages).map((entry) => ({ ...entry, VisibilityTimeout: seconds }));
      const command = new sqs.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries });
      await ask('ChangeMessageVisibilityBatch', client.send(command, { abortSignal: over.signal }));
    },
    async waiting() {
      const command = new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] });
      const answer = await client.send(command, { abortSignal: over.signal }).catch(() => undefined);
      const count = Number(answer?.Attributes?.['ApproximateNumberOfMessages'] ?? Number.NaN);
      return Number.isFinite(count) ? count : undefined;
    },
    [Symbol.dispose]() {
      over.abort();
      client.destroy();
    },
  };
}

function entries(messages: readonly SqsMessage[]): { readonly Id: string; readonly ReceiptHandle: string }[] {
  return messages.map(({ receipt }, i) => ({ Id: String(i), ReceiptHandle: receipt }));
}

async function asked<T>(
  what: string,
  work: Promise<T>,
  { clock, delayMs }: { readonly clock: Clock; readonly delayMs: number },
): Promise<T> {
  try {
    return await within(work, clock, { delayMs, late: `${what} was not answered within ${delayMs / 1000} s` });
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw new UnavailableError('source-unavailable', `${what} failed: ${name}: ${message}`, { cause: error });
  }
}
