import { type MqttSourceSpec, mqttEventSource, mqttSource } from '../../crds/mqtt-source.ts';
import type { SecretReference } from '../../crds/secret-reference.ts';
import { durationMs } from '../../events/duration.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { mqttEvents } from './event.ts';
import { mqttTopics, type MqttConfig } from './mqtt.ts';
import { ownName } from '../own-name.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { secretValue } from '../secret-value.ts';

/** MQTTSource: a message that is published to a topic is an event. */
export const mqttKind: SourceKind = {
  kind: 'MQTTSource',
  condition: 'Deployed',
  about: {
    arrives:
      'CloudEvents as they are: in MQTT 5 binary (user properties) and structured; without content type and user properties, as in MQTT 3.1.1, JSON with a member `specversion`. Other messages: type `dev.weir.mqtt.message`, source = the server (`mqtt://host:1883`), subject = the topic, data = the payload.',
    permissions: 'To connect with its client id, and to subscribe to its filters.',
    order:
      'The order in which the server sends. Members of a shared subscription (`$share/<group>/<filter>`) overtake one another.',
    duplicates:
      'With QoS 1 a message that was accepted and not acknowledged comes again. MQTT gives messages no id: that of the event is made of the packet id and a hash of the message, so it is the same only within the session; in another session, or for another member of a shared subscription, it is not. With QoS 0 none comes again, and each has an id of its own; messages are lost with the connection, and when 2,000 of them wait (counted as skipped).',
    position:
      'The session at the server, by client id (`weir_<namespace>_<name>` and the beginning of its uid, unless `clientId` says otherwise), for `sessionExpiry` after the connection is lost; then what was sent meanwhile is lost, and the log says `source.session-lost`. The session stays for as long when the source is deleted. Servers keep only so many messages for who is away: mosquitto 1,000 (`max_queued_messages`), and it drops the rest in silence.',
  },
  start: (instance, { clock, random, log }) => {
    const spec = parsedSpec(mqttSource, 'sources.weir.dev/v1alpha1', instance);
    const { namespace, name, kind } = instance;
    const source = mqttEventSource(spec.url);
    const config: MqttConfig = {
      clock,
      random,
      log,
      namespace,
      name,
      kind,
      topics: spec.topics,
      server: {
        url: spec.url,
        protocolVersion: spec.protocolVersion,
        clientId: spec.clientId ?? sessionName(instance),
        username: given(instance, spec.username, 'spec.username'),
        password: given(instance, spec.password, 'spec.password'),
        tls: tlsOf(instance, spec.tls ?? {}),
        keepaliveS: spec.keepalive,
        sessionExpiryS: Math.ceil((durationMs(spec.sessionExpiry) ?? 0) / 1000),
        receiveMaximum: spec.receiveMaximum,
      },
      read: (message) => mqttEvents(message, source),
    };
    return (context) => mqttTopics(config, context);
  },
};

/** Another uid is another source, and another session: two clusters that hold the same name must not take it from one another. */
function sessionName(instance: SourceInstance): string {
  const own = ownName(instance);
  return instance.uid === undefined ? own : `${own}_${instance.uid.replaceAll(/[^0-9A-Za-z]/g, '').slice(0, 8)}`;
}

function tlsOf(instance: SourceInstance, tls: NonNullable<MqttSourceSpec['tls']>): MqttConfig['server']['tls'] {
  const ca = given(instance, tls.caCert, 'spec.tls.caCert');
  const cert = given(instance, tls.cert, 'spec.tls.cert');
  const key = given(instance, tls.key, 'spec.tls.key');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function given(instance: SourceInstance, reference: SecretReference | undefined, path: string): string | undefined {
  return reference && secretValue(instance, reference, path);
}
