import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, connectAsync, type IClientOptions } from 'mqtt';
import { pieces, THING, type SourceBench } from './source-bench.ts';

const RECEIVE_MAX = 500;

/** The session of `clientId`: made when it is not there, kept when it is. */
function session(clientId: string): IClientOptions {
  const properties = { sessionExpiryInterval: 3600, receiveMaximum: RECEIVE_MAX };
  return { protocolVersion: 5, clientId, clean: false, properties };
}

/** Messages of QoS 1 that wait in a session. */
export const mqttBench: SourceBench = {
  kind: 'MQTTSource',
  server: 'mosquitto',
  address: 'MQTT',
  things: 40_000,
  // It would write all that waits to the disk after each message, and drop all but a thousand.
  async prepare(server) {
    await server.stop();
    await appendFile(join(server.folder, 'mosquitto.conf'), 'autosave_interval 3600\nmax_queued_messages 0\n');
    await server.start();
  },
  async fill(address, name, count) {
    const reader = await connectAsync(address, session(name));
    await reader.subscribeAsync(name, { qos: 1 });
    await reader.endAsync();
    const client = await connectAsync(address, { protocolVersion: 5 });
    for (const piece of pieces(count, 500))
      await Promise.all(piece.map(() => client.publishAsync(name, THING, { qos: 1 })));
    await client.endAsync();
  },
  source: (address, name) => ({
    apiVersion: 'sources.weir.dev/v1alpha1',
    spec: { url: address, clientId: name, topics: [{ filter: name, qos: 1 }], receiveMaximum: RECEIVE_MAX },
  }),
  async read(address, name, took) {
    const client = connect(address, session(name));
    await new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('message', () => {
        if (took(1)) resolve();
      });
    });
    await client.endAsync();
  },
};
