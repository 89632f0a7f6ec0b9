import type { Clock } from '../events/clock.ts';
import type { Log } from '../events/log.ts';
import type { Random } from '../events/random.ts';
import type { Limits } from './limits.ts';

/** What a process is started with. */
export interface ServeOptions {
  /** Files and folders of YAML; none: one Broker `default/default`. */
  readonly paths: readonly string[];
  /** `host:port` of ingress and webhooks, and of the admin listener; port 0 = a free one. */
  readonly listen: string;
  readonly admin: string;
  /** Undefined: whoever may connect may use the admin listener, which then must be on loopback. */
  readonly adminToken?: string | undefined;
  /** The data folder; made if it is not there. */
  readonly data: string;
  /** The kind of channel of a Broker that does not say. */
  readonly channel: string;
  /** The values of `--map`. */
  readonly map: readonly string[];
  readonly publicUrl?: string | undefined;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The environment, for secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The process can no longer keep its promises: it must end at once, and recover from disk. */
  readonly fatal: (error: unknown) => void;
}

/** A process that serves. Disposal is `stop`. */
export interface Running extends AsyncDisposable {
  /** Where events are sent: `http://127.0.0.1:8080`. */
  readonly listen: string;
  readonly admin: string;
  /** Not ready -> requests drained -> sources saved -> attempts until `drainMs`, then released -> state flushed. Idempotent. */
  stop(): Promise<void>;
}
