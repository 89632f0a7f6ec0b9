import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import type { SourceInstance } from '../../../sources/kind.ts';
import { natsJetStreamKind } from '../../../sources/nats/kind.ts';
import type { SourceSubject } from '../../conformance/source-subject.ts';
import { type Server, startServer } from '../../servers/server.ts';
import { instance } from '../source-world.ts';

const TOKEN = 'hunter2-of-nats';

/** A server that asks for a token, and somebody who publishes to its streams. */
export class NatsUser implements AsyncDisposable {
  readonly server: Server;
  readonly nc: NatsConnection;
  readonly manager: JetStreamManager;

  private constructor(server: Server, nc: NatsConnection, manager: JetStreamManager) {
    this.server = server;
    this.nc = nc;
    this.manager = manager;
  }

  static async start(): Promise<NatsUser> {
    const server = await startServer('nats');
    const file = join(server.folder, 'nats.conf');
    await server.stop();
    await writeFile(file, `${await readFile(file, 'utf8')}authorization { token: "${TOKEN}" }\n`);
    await server.start();
    const nc = await connect({
      servers: server.env['NATS'] ?? '',
      token: TOKEN,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
    });
    return new NatsUser(server, nc, await jetstreamManager(nc));
  }

  async stream(stream: string = randomUUID()): Promise<string> {
    await this.manager.streams.add({ name: stream, subjects: [`${stream}.>`] });
    return stream;
  }

  async publish(subject: string, data: string, head: Readonly<Record<string, string>> = {}): Promise<void> {
    const list = headers();
    for (const [name, value] of Object.entries(head)) list.append(name, value);
    // An attempt whose answer is lost with the server must not be a second message.
    const msgID = randomUUID();
    for (;;) {
      try {
        await this.manager.jetstream().publish(subject, data, { headers: list, msgID, timeout: 2000 });
        return;
      } catch (error) {
        if (this.nc.isClosed()) throw error;
      }
    }
  }

  spec(stream: string, more: object = {}): object {
    return {
      sink: { uri: 'http://sink.example' },
      servers: [this.server.env['NATS']],
      credentials: { token: { secretKeyRef: { name: 'nats', key: 'token' } } },
      stream,
      ...more,
    };
  }

  instance(stream: string, more: object = {}): SourceInstance {
    return instance('NatsJetStreamSource', this.spec(stream, more), { secrets: new Map([['nats/token', TOKEN]]) });
  }

  async subject(): Promise<SourceSubject> {
    const stream = await this.stream();
    let happened = 0;
    return {
      kind: natsJetStreamKind,
      instance: this.instance(stream, { ackWait: 'PT2S' }),
      clock: 'real',
      position: 'server',
      server: this.server,
      happen: async (_world, count) => {
        for (let i = 0; i < count; i += 1) await this.publish(`${stream}.things`, String((happened += 1)));
      },
      afresh: () => this.instance(stream, { consumer: 'another' }),
      unreadable: () => this.publish(`${stream}.things`, '{', { 'Content-Type': 'application/cloudevents+json' }),
      wrong: { spec: this.spec(stream, { servers: [] }), path: 'spec.servers' },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.nc.close();
    await this.server[Symbol.asyncDispose]();
  }
}
