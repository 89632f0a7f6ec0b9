import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../events/errors.ts';
import { calls, sleeps } from './support/tidy/calls.ts';
import { docComments, unfinished } from './support/tidy/comments.ts';
import { except, report } from './support/tidy/exceptions.ts';
import { barrels, cycles, layers, LAYERS } from './support/tidy/layers.ts';
import { quietModules } from './support/tidy/modules.ts';
import { names } from './support/tidy/names.ts';
import { errorRows, links, optionalPackages, privateWords } from './support/tidy/pages.ts';
import { fileLines, functionLines, medianLines, parameters } from './support/tidy/sizes.ts';
import type { Finding, Source } from './support/tidy/source.ts';
import { pages, sources } from './support/tidy/tree.ts';
import { casts, strippable } from './support/tidy/types.ts';
import { EXCEPTIONS } from './tidy-exceptions.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const all = pages(root);
const every = sources(all);
const product = every.filter((source) => (source.path.split('/')[0] ?? '') in LAYERS);
/** The slow suites meet real time: `kill -9` at a random instant, a subscriber that is slow. */
const tests = every.filter(({ path }) => path.startsWith('test/'));
const quick = tests.filter(({ path }) => !path.startsWith('test/e2e/slow/'));

/** Exceptions are taken from the findings of the rules they name; an exception for another rule is none of this test's business. */
function check(rules: readonly string[], findings: readonly Finding[]): void {
  const listed = EXCEPTIONS.filter((exception) => rules.includes(exception.rule));
  expect(report(except(findings, listed))).toBe('');
}

function each(files: readonly Source[], rule: (source: Source) => Finding[]): Finding[] {
  return files.flatMap(rule);
}

describe('the tree', () => {
  test('imports follow the layers', () => check(['layers'], each(product, layers)));
  test('nothing imports itself by way of others, types included', () => check(['cycles'], cycles(every)));
  test('no file only passes others on', () => check(['barrels'], each(every, barrels)));
  test('names say what a thing is', () => check(['names'], each(every, names)));
});

describe('sizes', () => {
  test('a file has at most 300 lines', () => check(['file-lines'], each(every, fileLines)));
  test('the median file of the product has at most 100 lines', () => check(['median-lines'], medianLines(product)));
  test('a function has at most 60 lines', () => check(['function-lines'], each(every, functionLines)));
  test('a function takes at most 3 parameters', () => check(['parameters'], each(every, parameters)));
});

describe('the code', () => {
  test('the clock, randomness, the environment and the console come in by argument', () =>
    check(['calls'], each(product, calls)));
  test('nothing runs on import, and no module holds state', () => check(['module-state'], each(product, quietModules)));
  test('no test sleeps', () => check(['sleeps'], each(quick, sleeps)));
  test('no `any`, `!` or `as` past the listed ones', () => {
    check(['any', 'non-null', 'as'], [...each(product, casts), ...each(tests, casts).filter((f) => f.rule !== 'as')]);
  });
  test('Node can run it by stripping types', () => check(['strippable'], each(every, strippable)));
  test('every export says its contract', () => check(['doc-comments'], each(product, docComments)));
  test('nothing is marked as unfinished', () => check(['unfinished'], each(every, unfinished)));
});

describe('the pages', () => {
  test('every error code is explained in docs/errors.md, and nothing else is', () => {
    const page = all.find(({ path }) => path === 'docs/errors.md') ?? { path: 'docs/errors.md', text: '' };
    check(['error-rows'], errorRows(ERROR_CODES, page));
  });
  test('every relative link leads somewhere', () => {
    const markdown = all.filter(({ path }) => path.endsWith('.md'));
    check(
      ['links'],
      markdown.flatMap((page) => links(page, (path) => existsSync(`${root}/${path}`))),
    );
  });
  test('nothing speaks of one machine or one tracker', () => check(['private-words'], all.flatMap(privateWords)));
  test('the lockfile names no registry', () => {
    const lockfile = all.find(({ path }) => path === 'package-lock.json');
    expect(lockfile?.text).not.toMatch(/"resolved": "https?:/);
  });
  test('the lockfile holds what is optional too, or `npm ci` refuses it on every machine', () => {
    const lockfile = all.find(({ path }) => path === 'package-lock.json') ?? { path: 'package-lock.json', text: '{}' };
    check(['lockfile'], optionalPackages(lockfile));
  });
});

test('every exception names a file that exists, and a reason', () => {
  for (const { path, reason } of EXCEPTIONS) {
    expect(existsSync(`${root}/${path}`), `${path} is gone; remove its exception`).toBe(true);
    expect(reason).not.toBe('');
  }
});
