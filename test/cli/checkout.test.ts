import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ownFolder } from '../support/serving.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/weir.js', import.meta.url));

test('a checkout whose packages are not installed says so in one line, with exit code 2', async () => {
  const checkout = await ownFolder();
  await Promise.all(['bin', 'cli'].map((folder) => mkdir(join(checkout, folder))));
  await writeFile(join(checkout, 'package.json'), '{"type":"module"}');
  await writeFile(join(checkout, 'cli/main.ts'), "import 'undici';\n");
  await copyFile(LAUNCHER, join(checkout, 'bin/weir.js'));
  const child = spawn(process.execPath, [join(checkout, 'bin/weir.js'), 'serve'], { cwd: checkout });
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect([code, err]).toEqual([
    2,
    'weir: the packages of this checkout are not installed; run npm ci, then weir again\n',
  ]);
});
