import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { validatePaths } from '../../resources/files/validate.ts';

const EXAMPLES = ['sources', 'sinks'].flatMap((folder) =>
  readdirSync(new URL(`../../examples/${folder}`, import.meta.url)).map((name) => `${folder}/${name}`),
);

test.for(EXAMPLES)('examples/%s is accepted as it is, and nothing of it waits', async (path) => {
  const file = fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
  const { accepted, refused, foreign, waiting } = await validatePaths([file]);
  expect({ refused, foreign, waiting }).toEqual({ refused: [], foreign: [], waiting: [] });
  expect(accepted.map(({ kind }) => kind.toLowerCase())).toContain(basename(path).replace(/(-.*)?\.yaml$/, ''));
});
