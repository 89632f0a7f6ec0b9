import { describe, test } from 'vitest';
import { runSourceCase, type SourceCase } from './source-case.ts';
import { emitCases } from './source-emits.ts';
import { failureCases } from './source-failures.ts';
import { positionCases } from './source-positions.ts';
import { stopCases } from './source-stops.ts';
import type { MakeSubject } from './source-subject.ts';

/** What every source that fetches or waits by itself must do; the names are the specification. */
export const sourceCases: readonly SourceCase[] = [...emitCases, ...stopCases, ...positionCases, ...failureCases];

/**
 * Runs every case on sources of one kind, each on a subject of its own. What the kind must supply is said in source-subject.ts:
 *
 *     sourceSuite('RedisStreamSource', async () => ({ kind: redisStreamKind, instance: ..., happen: ..., clock: 'real', position: 'server', ... }));
 */
export function sourceSuite(kind: string, make: MakeSubject): void {
  describe(`source suite: ${kind}`, () => {
    for (const one of sourceCases) {
      // oxlint-disable-next-line vitest/valid-title -- a template of test.for would cut the names
      test(one.name, { timeout: 240_000 }, async ({ skip, task }) => {
        Object.assign(task.meta, { suite: 'source', kind, column: one.column });
        const why = await runSourceCase(one, make, (scanned) => Object.assign(task.meta, { scanned }));
        if (why === undefined) return;
        Object.assign(task.meta, { why });
        skip(why);
      });
    }
  });
}
