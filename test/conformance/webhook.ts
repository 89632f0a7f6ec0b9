import { describe, test } from 'vitest';
import type { MakeHookSubject } from './webhook-subject.ts';
import { runHookCase } from './webhook-trial.ts';
import { hookCases } from './webhook-cases.ts';

/**
 * What every source that is called must do. What the kind must supply is said in webhook-subject.ts:
 *
 *     webhookSuite('GitHubSource', () => ({ kind: githubKind, instance: ..., request: (n) => ..., forged: () => ..., wrong: ... }));
 */
export function webhookSuite(kind: string, make: MakeHookSubject): void {
  describe(`webhook suite: ${kind}`, () => {
    for (const one of hookCases) {
      // oxlint-disable-next-line vitest/valid-title -- a template of test.for would cut the names
      test(one.name, { timeout: 60_000 }, async ({ skip, task }) => {
        Object.assign(task.meta, { suite: 'webhook', kind, column: one.column });
        const why = await runHookCase(one, make, (scanned) => Object.assign(task.meta, { scanned }));
        if (why === undefined) return;
        Object.assign(task.meta, { why });
        skip(why);
      });
    }
  });
}
