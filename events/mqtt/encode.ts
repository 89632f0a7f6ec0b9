import { attribute, type CloudEvent } from '../event.ts';
import { STRUCTURED_JSON } from '../http/media.ts';
import { encodeJson } from '../json/encode.ts';
import type { MqttMessage } from './message.ts';

const NOTHING = new Uint8Array();

/** Binary mode, for MQTT 5: a user property per attribute, as its canonical string; datacontenttype is the content type. Data of no bytes and no data are the same here. [CloudEvents MQTT binding 3.1] */
export function encodeMqttBinary(event: CloudEvent): Omit<MqttMessage, 'topic'> {
  const userProperties: Record<string, string> = {};
  for (const [name, value] of event.attributes) if (name !== 'datacontenttype') userProperties[name] = String(value);
  const contentType = attribute(event, 'datacontenttype');
  return { payload: event.data ?? NOTHING, ...(contentType === undefined ? {} : { contentType }), userProperties };
}

/** Structured mode in JSON; the content type is lost on the way in MQTT 3.1.1, where all events are in it. [CloudEvents MQTT binding 3.2] */
export function encodeMqttStructured(event: CloudEvent): Omit<MqttMessage, 'topic'> {
  return { payload: encodeJson(event), contentType: STRUCTURED_JSON, userProperties: {} };
}
