import { Pool } from 'undici';

const SENDERS = 16;

/** Sends events without end, several at a time; what was answered 2xx is `acknowledged`. An answer that does not come counts for nothing: it may have been stored or not. */
export class Load {
  readonly acknowledged = new Set<string>();
  sent = 0;
  #awaited = Infinity;
  #reached = (): void => {};

  /** Resolves at the instant so many are acknowledged. */
  reaches(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#awaited = count;
      this.#reached = resolve;
    });
  }

  /** Sends to `url` until `signal` is aborted; events have the data to tell torn ones. */
  async run(url: string, signal: AbortSignal): Promise<void> {
    const pool = new Pool(new URL(url).origin, { connections: SENDERS });
    await Promise.all(Array.from({ length: SENDERS }, () => this.#send(pool, url, signal)));
    await pool.destroy();
  }

  async #send(pool: Pool, url: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const id = String((this.sent += 1));
      const headers = {
        'ce-specversion': '1.0',
        'ce-type': 'crash',
        'ce-source': '/crash',
        'ce-id': id,
        'content-type': 'text/plain',
      };
      try {
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path: new URL(url).pathname,
          headers,
          body: `event ${id} `.repeat(40),
        });
        await body.dump();
        if (statusCode === 202) this.acknowledged.add(id);
        if (this.acknowledged.size === this.#awaited) this.#reached();
      } catch {
        // The process was killed: whether it was stored, nobody knows.
        return;
      }
    }
  }
}
