import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { z } from 'zod';

const address = z.object({ port: z.number() });

/** What each subscriber got: how often, by event id. */
export type Arrivals = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Subscribers that outlive the broker: `/fast` and `/slow` take everything, `/flaky` refuses each event once, `/failing` always, `/dead` is a dead letter sink. */
export class Sinks implements AsyncDisposable {
  readonly #arrivals = new Map<string, Map<string, number>>();
  readonly #server = createServer((request, response) => this.#take(request, response));
  url = '';

  static async open(): Promise<Sinks> {
    const sinks = new Sinks();
    sinks.#server.listen(0, '127.0.0.1');
    await once(sinks.#server, 'listening');
    sinks.url = `http://127.0.0.1:${address.parse(sinks.#server.address()).port}`;
    return sinks;
  }

  get arrivals(): Arrivals {
    return this.#arrivals;
  }

  /** How often an event came to a path. */
  times(path: string, id: string): number {
    return this.#arrivals.get(path)?.get(id) ?? 0;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    request.once('end', () => {
      const path = request.url ?? '';
      const id = String(request.headers['ce-id']);
      const seen = this.#arrivals.get(path) ?? new Map<string, number>();
      const times = (seen.get(id) ?? 0) + 1;
      this.#arrivals.set(path, seen.set(id, times));
      const answer = (): void => void response.writeHead(status(path, times)).end();
      if (path === '/slow') setTimeout(answer, 30);
      else answer();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function status(path: string, times: number): number {
  if (path === '/failing' || path === '/buried') return 500;
  return path === '/flaky' && times === 1 ? 503 : 202;
}
