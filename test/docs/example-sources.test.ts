import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { validatePaths } from '../../resources/files/validate.ts';

const FOLDER = fileURLToPath(new URL('../../examples/sources', import.meta.url));

test.for(readdirSync(FOLDER))('examples/sources/%s is accepted as it is, and nothing of it waits', async (name) => {
  const { accepted, refused, foreign, waiting } = await validatePaths([`${FOLDER}/${name}`]);
  expect({ refused, foreign, waiting }).toEqual({ refused: [], foreign: [], waiting: [] });
  expect(accepted.map(({ kind }) => kind.toLowerCase())).toContain(name.replace(/(-.*)?\.yaml$/, ''));
});
