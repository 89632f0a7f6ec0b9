import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { type ChannelModel, type ConfirmChannel, type GetMessage, type Options, connect } from 'amqplib';
import { type Server, serverScript } from '../../servers/server.ts';

const run = promisify(execFile);

/** Who else uses a RabbitMQ: declares, publishes, looks. A connection for each thing, since the server comes and goes. */
export class RabbitmqUser {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get url(): string {
    return this.#server.env['AMQP'] ?? '';
  }

  /** The connection secret of this server, by `<name>/<key>`. */
  secrets(name = 'rabbit'): Map<string, string> {
    return new Map([
      [`${name}/uri`, this.url],
      [`${name}/username`, 'guest'],
      [`${name}/password`, 'guest'],
    ]);
  }

  /** A durable queue of a new name, bound to an exchange of the same name as a RabbitmqSource declares them. */
  async queue(type: 'quorum' | 'classic'): Promise<string> {
    const name = `q-${randomUUID()}`;
    await this.with(async (channel) => {
      await channel.assertExchange(name, 'headers', { durable: true });
      await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': type } });
      await channel.bindQueue(name, name, '', { 'x-match': 'all' });
    });
    return name;
  }

  /** Resolves when all are confirmed. */
  async publish(exchange: string, messages: readonly (Options.Publish & { readonly body: string })[]): Promise<void> {
    await this.with(async (channel) => {
      for (const { body, ...options } of messages)
        channel.publish(exchange, '', Buffer.from(body), { persistent: true, ...options });
      await channel.waitForConfirms();
    });
  }

  async with<T>(use: (channel: ConfirmChannel, connection: ChannelModel) => Promise<T>): Promise<T> {
    const connection = await connect(this.url);
    connection.on('error', () => undefined);
    try {
      const channel = await connection.createConfirmChannel();
      channel.on('error', () => undefined);
      return await use(channel, connection);
    } finally {
      await connection.close().catch(() => undefined);
    }
  }

  /** How many messages wait in a queue. */
  waiting(queue: string): Promise<number> {
    return this.with(async (channel) => (await channel.checkQueue(queue)).messageCount);
  }

  /** Takes all messages out of a queue. */
  drain(queue: string): Promise<readonly GetMessage[]> {
    return this.with(async (channel) => {
      const messages: GetMessage[] = [];
      for (let next = await channel.get(queue); next; next = await channel.get(queue)) messages.push(next);
      channel.ackAll();
      await channel.close();
      return messages;
    });
  }

  /** rabbitmqctl on the node. */
  async ctl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(serverScript('rabbitmq'), ['ctl', this.#server.folder, ...args]);
    return stdout;
  }

  /** SIGKILL, once the node's list of its quorum queues is on the disk: it is written late, and who is missing in it comes back empty. */
  async kill(): Promise<void> {
    await this.ctl('eval', '[dets:sync(T) || T <- dets:all()].');
    await this.#server.kill();
  }
}
