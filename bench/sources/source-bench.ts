import type { Server, ServerName } from '../../test/servers/server.ts';

/** A server of a benchmark: a real one, or one of ours. */
export interface BenchServer extends AsyncDisposable {
  readonly env: Server['env'];
}

/** How a kind of source is measured: what lies at its server, and who reads it without Weir. */
export interface SourceBench {
  readonly kind: string;
  /** Through what, where the kind has several ways in. */
  readonly by?: string;
  /** A real one, or how one of ours is started. */
  readonly server: ServerName | (() => Promise<BenchServer>);
  /** The variable of its server that holds the address. */
  readonly address: string;
  /** How many things in a round; fewer where the server takes long to be filled. */
  readonly things: number;
  /** Sets the server up for so many. */
  prepare?(server: Server): Promise<void>;
  /**
   * Where only what happens after a source began is read, and reading takes nothing away: makes something happen, once or again. It is called until the source has noticed; the source is stopped then, the server filled
   * once, and all read the same.
   */
  touch?(address: string, name: string): Promise<void>;
  /** Puts `count` things of `THING` under `name`, so that whoever reads them as below gets all. */
  fill(address: string, name: string, count: number): Promise<void>;
  /** The resource that reads them, without metadata and sink; `secrets` are the data of a Secret called `bench`. */
  source(
    address: string,
    name: string,
  ): { readonly apiVersion: string; readonly spec: object; readonly secrets?: object };
  /** Reads them with the client alone, acknowledging as it goes; `took` is told how many came. Resolves when `took` answers that this is all. */
  read(address: string, name: string, took: (count: number) => boolean): Promise<void>;
}

/** What a benchmark is called. */
export function nameOf({ kind, by }: Pick<SourceBench, 'kind' | 'by'>): string {
  return by === undefined ? kind : `${kind}-${by}`;
}

/** What every thing carries: 1 KiB. */
export const THING: string = JSON.stringify({ text: 'x'.repeat(1013) });

/** The numbers from 0 to `count`, in pieces of `size`. */
export function* pieces(count: number, size: number): Generator<readonly number[]> {
  for (let at = 0; at < count; at += size) yield Array.from({ length: Math.min(size, count - at) }, (_, i) => at + i);
}
