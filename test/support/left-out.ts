import { readdirSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

const SLOW = 'test/e2e/slow';

/** Ends a test run by saying what it did not run, why, and the command that does: what is skipped is never skipped in silence. */
export default class LeftOut implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = [...skipped(modules), ...slowSuites()];
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

function slowSuites(): string[] {
  try {
    const files = readdirSync(SLOW).filter((file) => file.endsWith('.test.ts'));
    return files.toSorted().map((file) => `${SLOW}/${file} (slow): npm run test:slow -- ${SLOW}/${file}`);
  } catch {
    return [];
  }
}
