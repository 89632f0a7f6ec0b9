import { kafkaConnection } from '../../clients/kafka/connection.ts';
import { kafkaSource as schema } from '../../crds/kafka-source.ts';
import { RefusedError, quoted } from '../../events/errors.ts';
import { KEY_TYPES, kafkaReader, type KeyType } from './event.ts';
import { kafkaSource } from './kafka.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';

const KEY_TYPE = 'kafkasources.sources.knative.dev/key-type';

/** KafkaSource: a record of a topic is an event. [Knative sources.knative.dev/v1 KafkaSource] */
export const kafkaKind: SourceKind = {
  kind: 'KafkaSource',
  condition: 'Deployed',
  about: {
    arrives:
      'A record that is a CloudEvent (binary or structured) as it is. Any other: type `dev.knative.kafka.event`, source `/apis/v1/namespaces/<namespace>/kafkasources/<name>#<topic>`, id `partition:<p>/offset:<o>`, subject `partition:<p>#<o>`, time of the record, its key as `key` and `partitionkey`, its headers as `kafkaheader<name>`, its value as data. Text that no attribute can hold stands in it as base64.',
    permissions: 'Read and describe on the topics, and read on the consumer group.',
    order:
      'The order of each partition (`ordering: ordered`), one append of up to 500 records after the other; with `unordered` appends overtake one another.',
    duplicates:
      'A record that was accepted and not committed comes again with the same id: after a crash, about half a second of records; after a rebalance, those under way.',
    position:
      "The consumer group's committed offsets. Where a group has none they are committed before the source is Ready: at the end of the topic, or at its beginning with `initialOffset: earliest`. Records that retention deletes before they are read are counted as skipped and logged. The group stays when the source is deleted, until Kafka forgets it (`offsets.retention.minutes`).",
  },
  start: (instance, { clock, random, log }) => {
    const spec = parsedSpec(schema, 'sources.knative.dev/v1', instance);
    const { namespace, name, kind, secrets, uid } = instance;
    const of = { namespace, name, kind, keyType: keyType(instance) };
    const config = {
      namespace,
      name,
      kind,
      clock,
      random,
      log,
      connection: kafkaConnection(spec, secrets),
      group: spec.consumerGroup ?? `knative-kafka-source-${uid ?? `${namespace}_${name}`}`,
      topics: spec.topics,
      consumers: spec.consumers,
      initialOffset: spec.initialOffset,
      ordering: spec.ordering,
    };
    return (context) => kafkaSource({ ...config, read: kafkaReader(of) }, context);
  },
};

function keyType({ labels }: SourceInstance): KeyType {
  const written = labels?.[KEY_TYPE] ?? 'string';
  const type = KEY_TYPES.find((known) => known === written);
  if (type) return type;
  const path = `metadata.labels[${KEY_TYPE}]`;
  throw new RefusedError('resource-invalid', `${path}: is ${quoted(written)}; write ${KEY_TYPES.join(', ')}`, { path });
}
