import type { Clock } from '../../events/clock.ts';
import { UnavailableError, type ErrorCode } from '../../events/errors.ts';
import { type KafkaClientPorts, openKafka } from './client.ts';
import type { KafkaConnection } from './connection.ts';
import { clientError, kafkaFailure } from './failure.ts';
import { inTime } from '../../events/in-time.ts';

/** Looking, and making a topic. */
const ANSWER_MS = 20_000;

/** A topic as it is to be, if it has to be made. */
export interface WantedTopic {
  readonly topic: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
}

/** Resolves when the topic is there; one that was is left as it is. Rejects with `unavailable`, soon after `signal` is aborted too. */
export async function ensureTopic(
  connection: KafkaConnection,
  wanted: WantedTopic,
  ports: KafkaClientPorts & { readonly clock: Clock; readonly signal: AbortSignal; readonly unavailable: ErrorCode },
): Promise<void> {
  const unavailable = (why: string): Error => new UnavailableError(ports.unavailable, `topic ${wanted.topic}: ${why}`);
  const { topic, numPartitions, replicationFactor } = wanted;
  using client = await openKafka(connection, ports);
  const admin = client.kafka.admin();
  const work = async (): Promise<void> => {
    await admin.connect();
    try {
      await admin.fetchTopicMetadata({ topics: [topic] });
    } catch (error) {
      if (clientError(error).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor }], waitForLeaders: true });
    }
    await admin.disconnect();
  };
  const over = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const stop = (): void => reject(unavailable('nobody waits for it any more'));
    if (ports.signal.aborted) stop();
    ports.signal.addEventListener('abort', stop, { once: true, signal: over.signal });
  });
  try {
    const late = (): Error => unavailable(`no answer within ${ANSWER_MS / 1000} s`);
    await Promise.race([aborted, inTime(work(), ports.clock, { delayMs: ANSWER_MS, late })]);
  } catch (error) {
    throw kafkaFailure(error, connection.brokers, { code: ports.unavailable });
  } finally {
    over.abort();
  }
}
