import { authSecretConnection } from '../../clients/kafka/auth-secret.ts';
import type { KafkaConnection } from '../../clients/kafka/connection.ts';
import { KafkaProducer } from '../../clients/kafka/producer.ts';
import { ensureTopic } from '../../clients/kafka/topic.ts';
import { kafkaSink as schema, type KafkaSinkSpec } from '../../crds/kafka-sink.ts';
import { RefusedError } from '../../events/errors.ts';
import { encodeBinaryRecord, encodeStructuredRecord } from '../../events/kafka/encode.ts';
import type { SinkInstance, SinkKind } from './sink.ts';

/** KafkaSink: an event is a record of a topic, in the Kafka binding; its key is `partitionkey`. [Knative KafkaSink v1alpha1, CloudEvents Kafka binding] */
export const kafkaSink: SinkKind = {
  kind: 'KafkaSink',
  condition: 'TopicReady',
  open(instance, { clock, log }) {
    const spec = specOf(instance);
    const connection = connectionOf(spec, instance);
    const who = `${instance.namespace}/kafkasink/${instance.name}`;
    const encode = spec.contentMode === 'binary' ? encodeBinaryRecord : encodeStructuredRecord;
    const ports = { clock, log, who, unavailable: 'sink-unavailable' } as const;
    const producer = new KafkaProducer(connection, spec.topic, ports);
    return {
      prepare: (signal) => ensureTopic(connection, spec, { ...ports, signal }),
      put: (event, signal) => producer.send(encode(event), signal),
      [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
    };
  },
};

function connectionOf(spec: KafkaSinkSpec, { secrets }: SinkInstance): KafkaConnection {
  if (!spec.auth) return { brokers: spec.bootstrapServers };
  return authSecretConnection(
    spec.bootstrapServers,
    { name: spec.auth.secret.ref.name, path: 'spec.auth.secret.ref' },
    secrets,
  );
}

function specOf({ namespace, name, spec }: SinkInstance): KafkaSinkSpec {
  const document = {
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'KafkaSink',
    metadata: { namespace, name },
    spec,
  };
  const result = schema.safeParse(document);
  if (result.success) return result.data.spec;
  const path = result.error.issues[0]?.path.map(String).join('.') ?? 'spec';
  throw new RefusedError('resource-invalid', `${path}: ${result.error.issues[0]?.message ?? 'is not valid'}`, { path });
}
