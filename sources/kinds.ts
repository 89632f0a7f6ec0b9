import { apiServerKind } from './api-server/kind.ts';
import { githubKind } from './github/kind.ts';
import { httpPollKind } from './http-poll/kind.ts';
import { kafkaKind } from './kafka/kind.ts';
import type { SourceKind } from './kind.ts';
import { mqttKind } from './mqtt/kind.ts';
import { objectStorageKind } from './object-storage/kind.ts';
import { natsJetStreamKind } from './nats/kind.ts';
import { pingKind } from './ping/kind.ts';
import { rabbitmqKind } from './rabbitmq/kind.ts';
import { postgresKind } from './postgres/kind.ts';
import { redisStreamKind } from './redis/kind.ts';
import { webhookKind } from './webhooks/kind.ts';

/** Every kind of source. A new one is a file, a schema, a test, and a line here. */
export const SOURCE_KINDS: readonly SourceKind[] = [
  pingKind,
  githubKind,
  httpPollKind,
  apiServerKind,
  kafkaKind,
  rabbitmqKind,
  mqttKind,
  redisStreamKind,
  natsJetStreamKind,
  postgresKind,
  webhookKind,
  objectStorageKind,
];
