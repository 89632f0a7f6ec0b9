import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KINDS } from '../../crds/kinds.ts';
import { SOURCES_PAGE, sourcesPage } from '../../docs/sources-page.ts';
import { SOURCE_KINDS } from '../../sources/kinds.ts';

const DECLARED = KINDS.filter(({ source }) => source !== undefined);

test('docs/reference/sources.md is what `npm run docs` writes', () => {
  expect(readFileSync(SOURCES_PAGE, 'utf8')).toBe(sourcesPage());
});

test('every kind of source that can be declared runs, and the other way round', () => {
  expect(SOURCE_KINDS.map(({ kind }) => kind).toSorted()).toEqual(DECLARED.map(({ kind }) => kind).toSorted());
});

test.for(DECLARED.map(({ singular }) => singular))('%s has an example', (singular) => {
  expect(existsSync(new URL(`../../examples/sources/${singular}.yaml`, import.meta.url))).toBe(true);
});
