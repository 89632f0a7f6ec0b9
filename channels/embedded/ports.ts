import type { Clock } from '../../events/clock.ts';
import type { Log } from '../../events/log.ts';
import type { Disk } from './disk.ts';

/** What the embedded log takes from the world. */
export interface EmbeddedPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly disk: Disk;
  /**
   * Nothing more can be promised (a failed write or fsync, a dead state worker): the process must stop and recover from disk. Called at most once per broker and once for the state; afterwards
   * calls reject with `channel-unavailable`.
   */
  readonly fatal: (error: Error) => void;
}
