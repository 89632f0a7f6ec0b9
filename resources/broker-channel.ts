import type { Broker } from '../crds/broker.ts';
import { quoted } from '../events/errors.ts';
import { classOf, type Directory } from './directory.ts';
import type { World } from './world.ts';

/** Which channel a Broker gets, or why it gets none. */
export type BrokerChannel =
  | { readonly kind: string; readonly config: unknown }
  | { readonly reason: string; readonly message: string };

/** What a ConfigMap of Knative's Kafka class says. [Knative kafka-broker-config] */
export interface KafkaConfig {
  readonly bootstrapServers: readonly string[];
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Settings of topics that are created: `default.topic.config.<name>`. */
  readonly topic: Readonly<Record<string, string>>;
  /** The Secret that says how to sign on, in the namespace of the ConfigMap. */
  readonly secret?: { readonly namespace: string; readonly values: Readonly<Record<string, string>> };
}

// Which kind of channel each known class of Knative gets; `undefined`: the process's default.
const CLASSES: Readonly<Record<string, string | undefined>> = {
  Weir: undefined,
  MTChannelBasedBroker: 'embedded',
  Kafka: 'kafka',
  KafkaNamespaced: 'kafka',
  RabbitMQBroker: 'rabbitmq',
};

/** Maps the class of a Broker to a kind of channel and reads its configuration. Pure. */
export function brokerChannel(broker: Broker, directory: Directory, world: World): BrokerChannel {
  const name = classOf(broker);
  if (name !== undefined && !Object.hasOwn(CLASSES, name))
    return {
      reason: 'BrokerClassUnknown',
      message: `the class ${quoted(name)} is not known; known are ${Object.keys(CLASSES).join(', ')}`,
    };
  const kind = (name === undefined ? undefined : CLASSES[name]) ?? world.defaultChannel;
  if (!world.channelKinds.includes(kind)) {
    const whose = name === undefined ? 'the default channel' : `the class ${name}`;
    return {
      reason: 'ChannelNotServed',
      message: `${whose} needs the channel ${kind}, which this build does not have; it has ${world.channelKinds.join(', ')}`,
    };
  }
  if (kind === 'kafka') return kafkaConfig(broker, directory);
  return { kind, config: {} };
}

function kafkaConfig(broker: Broker, directory: Directory): BrokerChannel {
  const { config } = broker.spec;
  if (config?.kind !== 'ConfigMap')
    return wrong('spec.config: is missing; name a ConfigMap with bootstrap.servers and default.topic.*');
  const namespace = config.namespace ?? broker.metadata.namespace;
  const map = directory.configMap(namespace, config.name);
  const who = `ConfigMap ${namespace}/${config.name}`;
  if (!map) return wrong(`spec.config: ${who} is not declared; declare it`);
  const servers = (map.data['bootstrap.servers'] ?? '').split(/[\s,]+/).filter((server) => server !== '');
  const partitions = countIn(map.data['default.topic.partitions']);
  const replicationFactor = countIn(map.data['default.topic.replication.factor']);
  if (servers.length === 0) return wrong(`${who}: bootstrap.servers: is missing; write host:port, several with commas`);
  if (partitions === undefined) return wrong(`${who}: default.topic.partitions: write a whole number of at least 1`);
  if (replicationFactor === undefined)
    return wrong(`${who}: default.topic.replication.factor: write a whole number of at least 1`);
  const secretName = map.data['auth.secret.ref.name'];
  const secret = secretName === undefined ? undefined : directory.secret(namespace, secretName);
  if (secretName !== undefined && !secret)
    return wrong(`${who}: auth.secret.ref.name: Secret ${namespace}/${secretName} is not declared; declare it`);
  const prefix = 'default.topic.config.';
  const topic = Object.entries(map.data).filter(([key]) => key.startsWith(prefix));
  const parsed: KafkaConfig = {
    bootstrapServers: servers,
    partitions,
    replicationFactor,
    topic: Object.fromEntries(topic.map(([key, value]) => [key.slice(prefix.length), value])),
    ...(secret ? { secret: { namespace, values: secret.values } } : {}),
  };
  return { kind: 'kafka', config: parsed };
}

function wrong(message: string): BrokerChannel {
  return { reason: 'ConfigInvalid', message };
}

function countIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text.trim()) ? Number(text) : undefined;
}
