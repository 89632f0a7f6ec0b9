/** A message as an MQTT client reads or writes it. Before MQTT 5 it has neither content type nor user properties. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly contentType?: string;
  /** By name; one that came several times is a list. */
  readonly userProperties: Readonly<Record<string, string | readonly string[]>>;
}
