import type { Message, PartitionerArgs } from 'kafkajs';
import type { Kafkajs } from './client.ts';

/**
 * Chooses the partition of a message once, and answers the same ever after: kafkajs asks again when it sends again what failed in part, and would count a message as sent that has wandered to a partition which had
 * answered. By key as other producers do (murmur2); messages without one go together, a partition for each send, in turns.
 */
export class Partitioner {
  readonly #chosen = new WeakMap<Message, number>();
  readonly #turns = new WeakMap<Message, number>();
  #turn = 0;

  /** To be told of the messages of a send before it begins. */
  sending(messages: readonly Message[]): void {
    this.#turn += 1;
    for (const message of messages) this.#turns.set(message, this.#turn);
  }

  /** Where a message went; undefined: nowhere yet. */
  of(message: Message): number | undefined {
    return this.#chosen.get(message);
  }

  /** As kafkajs wants it. */
  create({ Partitioners }: Kafkajs): () => (args: PartitionerArgs) => number {
    const byKey = Partitioners.DefaultPartitioner();
    return () => (args) => {
      const before = this.#chosen.get(args.message);
      if (before !== undefined) return before;
      const partition = args.message.partition ?? (args.message.key == null ? this.#inTurn(args) : byKey(args));
      this.#chosen.set(args.message, partition);
      return partition;
    };
  }

  #inTurn({ message, partitionMetadata }: PartitionerArgs): number {
    const led = partitionMetadata.filter(({ leader }) => leader >= 0);
    const among = led.length > 0 ? led : partitionMetadata;
    return among[(this.#turns.get(message) ?? 0) % among.length]?.partitionId ?? 0;
  }
}
