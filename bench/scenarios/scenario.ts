import type { BuiltLoad, Load } from '../load.ts';
import type { Row } from '../rows.ts';

/** What a scenario measures with. */
export interface Bench {
  readonly load: Load;
  /** The load generator's sink, when nothing is to be sent. */
  readonly sinkOnly: BuiltLoad['sinkOnly'];
  /** Where the load generator's sink listens while it runs. */
  readonly sink: string;
  /** An empty folder of the scenario's own. */
  readonly folder: string;
  /** Fewer events and rounds: shows that it works, says little. */
  readonly quick: boolean;
  /** A line for whoever waits. */
  readonly say: (line: string) => void;
}

/** Measures and answers with its rows; leaves no process behind. */
export type Scenario = (bench: Bench) => Promise<readonly Row[]>;
