import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SOURCE_KINDS } from '../../sources/kinds.ts';

/** What the suites of sources leave in the JSON report of vitest: test/conformance/source.ts and webhook.ts. */
const report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({
          status: z.string(),
          meta: z.object({
            suite: z.enum(['source', 'webhook']).optional(),
            kind: z.string().optional(),
            column: z.string().optional(),
            why: z.string().optional(),
            scanned: z.int().optional(),
          }),
        }),
      ),
    }),
  ),
});

/** One case of one source. */
export interface Cell {
  readonly suite: 'source' | 'webhook';
  readonly kind: string;
  readonly column: string;
  readonly status: string;
  readonly why: string | undefined;
  /** How many texts (log lines, statuses, positions, answers) were looked through for secrets, and held none. */
  readonly scanned?: number | undefined;
}

/** The cases of sources in a report of vitest. */
export function cells(json: string): Cell[] {
  const { testResults } = report.parse(JSON.parse(json));
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ status, meta: { suite, kind, column, why, scanned } }) =>
      suite === undefined || kind === undefined || column === undefined
        ? []
        : [{ suite, kind, column, status, why, scanned }],
    ),
  );
}

/** Source by case: `pass`, `FAIL`, `skip` with a number, whose reason stands below. */
export function table(all: readonly Cell[]): string {
  const reasons: string[] = [];
  const grids = (['source', 'webhook'] as const).map((suite) => {
    const mine = all.filter((cell) => cell.suite === suite);
    const columns = [...new Set(mine.map(({ column }) => column))];
    const kinds = [...new Set(mine.map(({ kind }) => kind))].toSorted();
    const rows = kinds.map((kind) => [
      kind,
      ...columns.map((column) =>
        word(
          mine.filter((cell) => cell.kind === kind && cell.column === column),
          reasons,
        ),
      ),
    ]);
    return rows.length === 0 ? '' : aligned([[suite === 'source' ? 'SOURCE' : 'WEBHOOK', ...columns], ...rows]);
  });
  return [...grids.filter((grid) => grid !== ''), reasons.map((why, i) => `skip ${i + 1}: ${why}`).join('\n')].join(
    '\n\n',
  );
}

/** What came of looking for secrets: a case that found one has failed. */
export function secretScan(all: readonly Cell[]): string {
  const cases = all.filter(({ scanned }) => scanned !== undefined);
  const texts = cases.reduce((sum, { scanned = 0 }) => sum + scanned, 0);
  return `secret scan: ${texts} log lines, statuses, positions and answers of ${cases.length} cases, none with a secret; a case that printed one is FAIL above`;
}

/** The kinds of sources without a case. */
export function missing(all: readonly Cell[], kinds: readonly string[]): string[] {
  const shown = new Set(all.map(({ kind }) => /^\w+/.exec(kind)?.[0]));
  return kinds.filter((kind) => !shown.has(kind));
}

function word(cells: readonly Cell[], reasons: string[]): string {
  if (cells.length === 0) return '-';
  if (cells.some(({ status }) => status === 'failed')) return 'FAIL';
  if (cells.every(({ status }) => status === 'passed')) return 'pass';
  const why = cells.find((cell) => cell.why !== undefined)?.why ?? 'no reason given';
  if (!reasons.includes(why)) reasons.push(why);
  return `skip ${reasons.indexOf(why) + 1}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

if (import.meta.main) {
  const all = process.argv.slice(2).flatMap((path) => cells(readFileSync(path, 'utf8')));
  process.stdout.write(`${table(all)}\n\n${secretScan(all)}\n`);
  const unseen = missing(
    all,
    SOURCE_KINDS.map(({ kind }) => kind),
  );
  if (unseen.length > 0) process.stdout.write(`NOT RUN: ${unseen.join(', ')}\n`);
  process.exitCode = unseen.length > 0 ? 1 : 0;
}
