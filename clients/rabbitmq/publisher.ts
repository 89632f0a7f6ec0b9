import { UnavailableError } from '../../events/errors.ts';
import type { RabbitmqAddress } from './address.ts';
import { RabbitmqLink } from './link.ts';
import { RabbitmqOutlet, type OutletPorts, type Publication } from './outlet.ts';

/** After a failure nothing is tried for so long: what comes meanwhile fails with it. */
const RECONNECT_MS = 1000;

/** Publishes to one RabbitMQ over one connection, opened with the first publication and again by itself after each loss. Disposal closes it, and is idempotent. */
export class RabbitmqPublisher implements AsyncDisposable {
  readonly #address: RabbitmqAddress;
  readonly #ports: OutletPorts;
  readonly #end = new AbortController();
  #outlet: Promise<RabbitmqOutlet> | undefined;
  #failed: { readonly atMs: number; readonly error: unknown } | undefined;

  constructor(address: RabbitmqAddress, ports: OutletPorts) {
    this.#address = address;
    this.#ports = ports;
  }

  /** Resolves if the server answers and the exchange is there. Rejects `UnavailableError`, also soon after `signal` is aborted. */
  async check(exchange: string, signal: AbortSignal): Promise<void> {
    const outlet = await this.#opened(signal);
    await unlessAborted(outlet.check(exchange), signal, this.#ports);
  }

  /** As `RabbitmqOutlet.publish`; also rejects `UnavailableError` while there is no connection. */
  async publish(publication: Publication, signal: AbortSignal): Promise<void> {
    const outlet = await this.#opened(signal);
    await outlet.publish(publication, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    const outlet = await this.#outlet?.catch(() => undefined);
    await outlet?.link[Symbol.asyncDispose]();
  }

  #opened(signal: AbortSignal): Promise<RabbitmqOutlet> {
    if (this.#end.signal.aborted) return Promise.reject(closed());
    const { clock } = this.#ports;
    if (!this.#outlet && this.#failed && clock.now() - this.#failed.atMs < RECONNECT_MS)
      return Promise.reject(this.#failed.error);
    this.#outlet ??= this.#open();
    return unlessAborted(this.#outlet, signal, this.#ports);
  }

  async #open(): Promise<RabbitmqOutlet> {
    const failed = (error: unknown): void => {
      this.#outlet = undefined;
      this.#failed = { atMs: this.#ports.clock.now(), error };
    };
    try {
      const link = await RabbitmqLink.connect(this.#address, this.#ports, this.#end.signal);
      link.lost.addEventListener('abort', () => failed(link.reason), { once: true });
      return await this.#outletOf(link);
    } catch (error) {
      failed(error);
      throw error;
    }
  }

  /** A server may never answer: whoever closes does not wait for it, and nobody is left with a link without an outlet. */
  async #outletOf(link: RabbitmqLink): Promise<RabbitmqOutlet> {
    const stop = (): void => link.lose(closed());
    this.#end.signal.addEventListener('abort', stop, { once: true });
    try {
      if (this.#end.signal.aborted) stop();
      return await RabbitmqOutlet.open(link, this.#ports);
    } catch (error) {
      await link[Symbol.asyncDispose]();
      throw error;
    } finally {
      this.#end.signal.removeEventListener('abort', stop);
    }
  }
}

/** What `work` settles with, unless `signal` is aborted before: what it does then is nobody's business any more. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, { code }: OutletPorts): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new UnavailableError(code, 'RabbitMQ: nobody waits for it any more'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    work.finally(() => signal.removeEventListener('abort', stop)).then(resolve, reject);
  });
}

function closed(): UnavailableError {
  return new UnavailableError('shutting-down', 'the connection to RabbitMQ is closed');
}
