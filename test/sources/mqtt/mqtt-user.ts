import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type IClientPublishOptions, type MqttClient, connectAsync } from 'mqtt';
import { pause, systemClock } from '../../../events/clock.ts';
import type { Server } from '../../servers/server.ts';

/** Who else uses an MQTT server: publishes, leaves sessions. A connection for each thing, since the server comes and goes. */
export class MqttUser {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get url(): string {
    return this.#server.env['MQTT'] ?? '';
  }

  /** A session with one subscription of QoS 1, and nobody connected. */
  async session(filter: string, protocolVersion: 4 | 5 = 5): Promise<string> {
    const clientId = `c-${randomUUID()}`;
    const properties = protocolVersion === 5 ? { properties: { sessionExpiryInterval: 3600 } } : {};
    const client = await connectAsync(this.url, { protocolVersion, clientId, clean: false, ...properties });
    await client.subscribeAsync(filter, { qos: 1 });
    await client.endAsync();
    return clientId;
  }

  /** Resolves when all are acknowledged by the server. */
  async publish(
    topic: string,
    payloads: readonly (string | Uint8Array)[],
    options: IClientPublishOptions & { readonly protocolVersion?: 4 | 5 } = {},
  ): Promise<void> {
    const { protocolVersion = 5, ...publishing } = options;
    await this.with(async (client) => {
      for (const payload of payloads) await client.publishAsync(topic, Buffer.from(payload), { qos: 1, ...publishing });
    }, protocolVersion);
  }

  /** Takes a session over, and ends it. */
  async forget(clientId: string): Promise<void> {
    const client = await connectAsync(this.url, { protocolVersion: 5, clientId, clean: true });
    await client.endAsync();
  }

  /** SIGKILL, once the server's sessions are on the disk: what it confirmed in the last milliseconds, for who was connected, may not be. */
  async kill(): Promise<void> {
    const { folder } = this.#server;
    const database = join(folder, 'data', 'mosquitto.db');
    const [pid = ''] = (await readFile(join(folder, 'mosquitto.pid'), 'utf8')).split(' ');
    const before = await inode(database);
    process.kill(Number(pid), 'SIGUSR1');
    while ((await inode(database)) === before) await pause(systemClock, 5, new AbortController().signal);
    await this.#server.kill();
  }

  async with<T>(use: (client: MqttClient) => Promise<T>, protocolVersion: 4 | 5 = 5): Promise<T> {
    const client = await connectAsync(this.url, { protocolVersion });
    try {
      return await use(client);
    } finally {
      await client.endAsync();
    }
  }
}

// It writes another file and puts it in the place of this one.
async function inode(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found && `${found.ino} ${found.mtimeMs}`;
}
