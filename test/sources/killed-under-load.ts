import assert from 'node:assert/strict';
import { systemClock } from '../../events/clock.ts';
import type { SourceInstance, SourceKind } from '../../sources/kind.ts';
import { openSource } from '../../sources/open.ts';
import type { Server } from '../servers/server.ts';
import { SourceWorld } from './source-world.ts';

const KILLS = 3;
const BETWEEN = 150;

/** A server that is killed while somebody writes and the source reads. */
export interface UnderLoad {
  readonly kind: SourceKind;
  readonly instance: SourceInstance;
  readonly server: Server;
  /** Resolves when the server has it for good. */
  write(n: number): Promise<void>;
  /** What was written as `n`. */
  read(event: SourceWorld['emitted'][number]): number;
}

/** Writes on while the server is killed three times, and answers with what was emitted once all that was written has come. */
export async function killedUnderLoad({ kind, instance, server, write, read }: UnderLoad): Promise<SourceWorld> {
  const world = new SourceWorld(systemClock);
  const source = openSource(instance, world.ports, [kind]);
  let written = 0;
  const stop = new AbortController();
  const writing = (async () => {
    while (!stop.signal.aborted) await write((written += 1));
  })();
  const came = new Set<number>();
  let looked = 0;
  const seen = (): number => {
    for (; looked < world.emitted.length; looked += 1) came.add(read(world.emitted[looked] ?? assert.fail()));
    return came.size;
  };
  const late = AbortSignal.timeout(100_000);
  for (let kills = 0; kills < KILLS; kills += 1) {
    const target = seen() + BETWEEN;
    await world.until(() => seen() >= target, late);
    await server.kill();
    await server.start();
  }
  stop.abort();
  await writing;
  await world.until(() => seen() >= written, late);
  await source[Symbol.asyncDispose]();
  assert.deepEqual(
    [...came].toSorted((a, b) => a - b),
    Array.from({ length: written }, (_, i) => i + 1),
  );
  return world;
}
