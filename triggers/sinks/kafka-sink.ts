import { authSecretConnection } from '../../clients/kafka/auth-secret.ts';
import type { KafkaConnection } from '../../clients/kafka/connection.ts';
import { KafkaProducer } from '../../clients/kafka/producer.ts';
import { ensureTopic } from '../../clients/kafka/topic.ts';
import { kafkaSink as schema, type KafkaSinkSpec } from '../../crds/kafka-sink.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { encodeBinaryRecord, encodeStructuredRecord } from '../../events/kafka/encode.ts';
import type { SinkInstance, SinkKind } from './sink.ts';

/** KafkaSink: an event is a record of a topic, in the Kafka binding; its key is `partitionkey`. [Knative KafkaSink v1alpha1, CloudEvents Kafka binding] */
export const kafkaSink: SinkKind = {
  kind: 'KafkaSink',
  condition: 'TopicReady',
  open(instance, { clock, log }) {
    const spec = parsedSpec(schema, 'eventing.knative.dev/v1alpha1', instance);
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
