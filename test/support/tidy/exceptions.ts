import type { Finding } from './source.ts';

/** A rule that a file breaks on purpose: how often, and why that is better. `count` may only shrink. */
export interface Exception {
  readonly path: string;
  readonly rule: string;
  readonly count: number;
  readonly reason: string;
}

/**
 * What is left when the listed exceptions are taken away. A file that breaks a rule more often than listed keeps all its findings; one that breaks it less
 * often gets one: the number must come down with it.
 */
export function except(findings: readonly Finding[], exceptions: readonly Exception[]): Finding[] {
  const left = [...findings];
  for (const { path, rule, count } of exceptions) {
    const found = left.filter((f) => f.path === path && f.rule === rule);
    if (found.length > count) continue;
    for (const f of found) left.splice(left.indexOf(f), 1);
    if (found.length < count)
      left.push({
        path,
        line: 1,
        rule,
        text: `breaks this rule ${found.length} times, listed are ${count}; lower the number in test/tidy-exceptions.ts`,
      });
  }
  return left;
}

/** The findings as one reads them in a terminal, one per line. */
export function report(findings: readonly Finding[]): string {
  return findings.map((f) => `${f.path}:${f.line}: ${f.rule}: ${f.text}`).join('\n');
}
