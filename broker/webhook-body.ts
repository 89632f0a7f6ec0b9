import type { IncomingMessage, ServerResponse } from 'node:http';
import { RefusedError } from '../events/errors.ts';
import { AppendQueue, type QueueShare } from './append-queue.ts';

/** What the bodies of webhooks may take. */
export interface WebhookBodyLimits {
  /** One of them. */
  readonly bodyBytes: number;
  /** All that are being read or answered. */
  readonly queueBytes: number;
}

/** The bodies of webhooks, bounded one by one and together: whoever knows an address may send to it, and is only known once the whole body is there. */
export class WebhookBodies {
  readonly #limits: WebhookBodyLimits;
  readonly #queue: AppendQueue;
  readonly #held = new WeakMap<IncomingMessage, QueueShare>();

  constructor(limits: WebhookBodyLimits) {
    this.#limits = limits;
    this.#queue = new AppendQueue(limits.queueBytes);
  }

  /** Before anything is read of `request`: what it will hold is given back once it is answered, or its sender gone. */
  hold(request: IncomingMessage, response: ServerResponse): void {
    const share: QueueShare = { bytes: 0 };
    this.#held.set(request, share);
    response.once('close', () => this.#queue.add(share, -share.bytes));
  }

  /** The body of a request that is held. Rejects `event-too-large`, `overloaded`, and `http-invalid` if it ends before it is whole; then the rest of it is not read. */
  async read(request: IncomingMessage): Promise<Buffer> {
    const { bodyBytes } = this.#limits;
    const share = this.#held.get(request) ?? { bytes: 0 };
    if (Number(request.headers['content-length']) > bodyBytes) throw tooLarge(bodyBytes);
    const chunks: Buffer[] = [];
    const arriving: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
    try {
      for await (const chunk of arriving) {
        if (share.bytes + chunk.length > bodyBytes) throw tooLarge(bodyBytes);
        const refused = this.#queue.refusal(share, { own: share.bytes, more: chunk.length, alone: true });
        if (refused) throw refused;
        this.#queue.add(share, chunk.length);
        chunks.push(chunk);
      }
    } catch (error) {
      if (request.errored) throw new RefusedError('http-invalid', 'the body ended before it was whole');
      throw error;
    }
    return Buffer.concat(chunks, share.bytes);
  }
}

function tooLarge(bodyBytes: number): RefusedError {
  return new RefusedError('event-too-large', `the body is larger than the limit of ${bodyBytes} bytes`);
}
