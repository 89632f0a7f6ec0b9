import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { validatePaths } from '../../resources/files/validate.ts';

const FOLDER = fileURLToPath(new URL('refused', import.meta.url));

/** The messages a file says it gets: `<file>:<line>: ` and what stands behind `# <- ` on that line. */
function promised(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    const [, message] = / # <- (.*)$/.exec(line) ?? [];
    return message === undefined ? [] : [`${file}:${i + 1}: ${message}`];
  });
}

test.each(readdirSync(FOLDER))('%s is refused where it says so, in those words, and nowhere else', async (name) => {
  const file = join(FOLDER, name);
  const { refused } = await validatePaths([file]);
  expect(refused.map(({ message }) => message).sort()).toEqual([...promised(file)].sort());
});
