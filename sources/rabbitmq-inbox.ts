import type { RabbitmqDelivery, RabbitmqMessage } from '../clients/rabbitmq/message.ts';

/** A batch is cut where it passes this many bytes: what is emitted is held in memory once more. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;

/** A message, and what it is acknowledged with. */
export interface Delivered {
  readonly message: RabbitmqMessage;
  readonly delivery: RabbitmqDelivery;
}

/** What was delivered and is not taken yet, in order; bounded by the prefetch. */
export class RabbitmqInbox {
  #waiting: Delivered[] = [];
  #arrived: (() => void) | undefined;

  add(delivered: Delivered): void {
    this.#waiting.push(delivered);
    this.#arrived?.();
  }

  /** All that is there, as soon as there is something; nothing once `over` is aborted. */
  async take(over: AbortSignal): Promise<readonly Delivered[]> {
    if (this.#waiting.length === 0 && !over.aborted)
      await new Promise<void>((resolve) => {
        const end = (): void => {
          over.removeEventListener('abort', end);
          this.#arrived = undefined;
          resolve();
        };
        this.#arrived = end;
        over.addEventListener('abort', end, { once: true });
      });
    return over.aborted ? [] : this.#cut();
  }

  #cut(): readonly Delivered[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ message }) => (bytes += message.body.byteLength) > BATCH_BYTES_MAX);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(end, 1));
  }
}
