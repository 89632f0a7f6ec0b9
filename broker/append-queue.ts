import { UnavailableError } from '../events/errors.ts';

/** What the senders of one broker hold of the queue. */
export interface QueueShare {
  bytes: number;
}

/**
 * Bodies that are being read or stored, in bytes, over all brokers. Whole, it refuses with `overloaded`; while it is not, the senders of one broker among several hold at most half,
 * or a single body, and are refused more with `too-many-requests`: so one broker's senders leave room for everybody else's.
 */
export class AppendQueue {
  readonly #bytesMax: number;
  readonly #shares = new WeakMap<object, QueueShare>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The share of one broker, whoever stands for it. */
  shareOf(broker: object): QueueShare {
    let share = this.#shares.get(broker);
    if (!share) this.#shares.set(broker, (share = { bytes: 0 }));
    return share;
  }

  /** Why a body that has `own` bytes in the queue may not have `more`, undefined if it may. `alone`: there is no other broker to leave room for. */
  refusal(
    share: QueueShare,
    body: { readonly own: number; readonly more: number; readonly alone: boolean },
  ): UnavailableError | undefined {
    const { own, more, alone } = body;
    if (this.#bytes + more > this.#bytesMax) {
      return new UnavailableError(
        'overloaded',
        'too many events are being stored at once; send it again after a while',
      );
    }
    const othersOfBroker = share.bytes - own;
    if (alone || othersOfBroker === 0 || share.bytes + more <= this.#bytesMax / 2) return undefined;
    return new UnavailableError(
      'too-many-requests',
      'events of this broker take up half of what the process stores at once; send it again after a while, or slower',
    );
  }

  add(share: QueueShare, bytes: number): void {
    share.bytes += bytes;
    this.#bytes += bytes;
  }
}
