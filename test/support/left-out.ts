import { globSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Suites with a configuration of their own, why, and the command that runs one of them. */
const APART = [
  { files: 'test/e2e/slow/*.test.ts', why: 'slow', command: 'npm run test:slow --' },
  {
    files: 'test/**/*.server.test.ts',
    why: 'needs a real server, see npm run servers -- install',
    command: 'npm run test:servers --',
  },
] as const;

/** Ends a test run by saying what it did not run, why, and the command that does: what is skipped is never skipped in silence. */
export default class LeftOut implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Set(modules.map(({ relativeModuleId }) => relativeModuleId));
    const lines = [...skipped(modules), ...apart(ran)];
    if (lines.length > 0) process.stdout.write(`\nNot run here:\n${lines.map((line) => `  ${line}\n`).join('')}\n`);
  }
}

function skipped(modules: readonly TestModule[]): string[] {
  const lines: string[] = [];
  for (const module of modules) {
    for (const test of module.children.allTests('skipped')) {
      const result = test.result();
      const why = result.state === 'skipped' && result.note !== undefined ? `: ${result.note}` : '';
      lines.push(`${module.relativeModuleId}: ${test.fullName}${why}`);
    }
  }
  return lines;
}

function apart(ran: ReadonlySet<string>): string[] {
  return APART.flatMap(({ files, why, command }) =>
    globSync(files)
      .filter((file) => !ran.has(file))
      .toSorted()
      .map((file) => `${file} (${why}): ${command} ${file}`),
  );
}
