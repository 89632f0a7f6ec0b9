import { createHash } from 'node:crypto';
import { cloudEvent } from '../../events/attributes.ts';
import type { CloudEvent } from '../../events/event.ts';
import { isMediaType } from '../../events/media-type.ts';
import { decodeMqtt } from '../../events/mqtt/decode.ts';
import type { MqttMessage } from '../../events/mqtt/message.ts';

/** A message as it was delivered. */
export interface MqttDelivered extends MqttMessage {
  /** Of a QoS 1 delivery: what it is acknowledged with. A server that delivers it again in the same session uses the same. */
  readonly packetId: number | undefined;
  /** Of a QoS 0 delivery, which never comes again: when it came, and as which. */
  readonly arrival?: string;
}

/**
 * The events of a message: its own, where it carries CloudEvents; else one that wraps it: type `dev.weir.mqtt.message`, source = the server, subject = the topic, data = its payload. Throws `RefusedError` if it carries CloudEvents that are
 * broken, or if its topic can be no subject.
 */
export function mqttEvents(message: MqttDelivered, source: string): readonly CloudEvent[] {
  const decoded = decodeMqtt(message);
  if (decoded.kind === 'batch') return decoded.events;
  if (decoded.kind === 'event') return [decoded.event];
  const { topic, contentType, payload } = message;
  return [
    cloudEvent(
      {
        specversion: '1.0',
        id: deliveryName(message),
        source,
        type: 'dev.weir.mqtt.message',
        subject: topic,
        ...(contentType === undefined || !isMediaType(contentType) ? {} : { datacontenttype: contentType }),
      },
      payload.byteLength === 0 ? undefined : payload,
    ),
  ];
}

/**
 * A name for a message, as MQTT gives it none: its packet id and the SHA-256 of all its sender gave it. The same when it is delivered again in the same session, since that keeps the packet id; another for the next message that says the
 * same, as sensors do. After 65,535 messages packet ids begin again. What has none is named by its arrival.
 */
export function deliveryName(message: MqttDelivered): string {
  const { packetId, arrival = '', topic, contentType, userProperties, payload } = message;
  const about = JSON.stringify([topic, contentType ?? '', userProperties]);
  const hash = createHash('sha256').update(about).update('\n').update(payload).digest('hex');
  return `${packetId ?? arrival}:sha256:${hash}`;
}
