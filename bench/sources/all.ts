import { httpPollBench } from './http-poll.ts';
import { kafkaBench } from './kafka.ts';
import { kubernetesBench } from './kubernetes.ts';
import { mqttBench } from './mqtt.ts';
import { natsBench } from './nats.ts';
import { objectStorageBench } from './object-storage.ts';
import { postgresBench } from './postgres.ts';
import { rabbitmqBench } from './rabbitmq.ts';
import { redisBench } from './redis.ts';
import type { SourceBench } from './source-bench.ts';

/** The kinds of sources that are measured. */
export const SOURCE_BENCHES: readonly SourceBench[] = [
  kafkaBench,
  rabbitmqBench,
  redisBench,
  natsBench,
  mqttBench,
  postgresBench,
  httpPollBench,
  kubernetesBench,
  objectStorageBench,
];
