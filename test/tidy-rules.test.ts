import { describe, expect, test } from 'vitest';
import { calls, sleeps } from './support/tidy/calls.ts';
import { docComments, unfinished } from './support/tidy/comments.ts';
import { except, report } from './support/tidy/exceptions.ts';
import { barrels, cycles, layers } from './support/tidy/layers.ts';
import { quietModules } from './support/tidy/modules.ts';
import { names } from './support/tidy/names.ts';
import { errorRows, links, optionalPackages, privateWords } from './support/tidy/pages.ts';
import { fileLines, functionLines, medianLines, parameters } from './support/tidy/sizes.ts';
import { parse } from './support/tidy/source.ts';
import type { Finding, Source } from './support/tidy/source.ts';
import { casts, strippable } from './support/tidy/types.ts';

/** [what is wrong with it, the rule, where it stands, the code]: each must be found once, in its first line. */
const BAD: readonly (readonly [string, (source: Source) => Finding[], string, string])[] = [
  ['events imports crds', layers, 'events/a.ts', `import { b } from '../crds/b.ts';`],
  ['a type counts as an import', layers, 'channels/a.ts', `import type { B } from '../triggers/b.ts';`],
  ['a re-export counts as an import', layers, 'sources/a/b.ts', `export { b } from '../../channels/b.ts';`],
  ['a lazy import counts as an import', layers, 'triggers/a.ts', `const b = await import('../broker/b.ts');`],
  ['an inline type counts as an import', layers, 'crds/a.ts', `type B = import('../resources/b.ts').B;`],
  ['the product imports a test', layers, 'broker/a.ts', `import { b } from '../test/support/b.ts';`],
  ['the core imports a library', layers, 'events/json/a.ts', `import { z } from 'zod';`],
  ['a file passes a whole file on', barrels, 'broker/a.ts', `export * from './b.ts'; export const c = 1;`],
  ['a file only passes others on', barrels, 'broker/a.ts', `import { b } from './b.ts'; export { b };`],
  ['an index', barrels, 'broker/index.ts', `export const a = 1;`],
  ['a file of leftovers', barrels, 'broker/utils.ts', `export const a = 1;`],
  ['a manager', names, 'broker/a.ts', `export class DeliveryManager {}`],
  ['an Impl', names, 'broker/a.ts', `class ChannelImpl {}`],
  ['an interface with an I', names, 'broker/a.ts', `export interface IChannel {}`],
  ['a service that is not of Kubernetes', names, 'broker/a.ts', `type DeliveryService = 1;`],
  ['a helper function', names, 'broker/a.ts', `const retryHelper = () => 1;`],
  ['a file named for nothing', names, 'broker/base-channel.ts', `export const a = 1;`],
  ['a file in camelCase', names, 'broker/retryAfter.ts', `export const a = 1;`],
  ['a function of four parameters', parameters, 'broker/a.ts', `const f = (a: 1, b: 1, c: 1, d: 1) => a;`],
  [
    'a constructor of four parameters',
    parameters,
    'broker/a.ts',
    `class A { constructor(a: 1, b: 1, c: 1, d = 1) {} }`,
  ],
  ['a long function', functionLines, 'broker/a.ts', `function f() {\n${'g();\n'.repeat(59)}}`],
  ['a clock', calls, 'triggers/a.ts', `const now = Date.now();`],
  ['a clock in disguise', calls, 'triggers/a.ts', `const now = new Date();`],
  ['a clock passed on', calls, 'triggers/a.ts', `run({ now: Date.now });`],
  ['a timer', calls, 'triggers/a.ts', `setTimeout(run, 1);`],
  ['a timer of the global object', calls, 'triggers/a.ts', `globalThis.setInterval(run, 1);`],
  ['a timer by import', calls, 'triggers/a.ts', `import { setTimeout } from 'node:timers/promises';`],
  ['a coin', calls, 'triggers/a.ts', `const r = Math.random();`],
  ['the environment', calls, 'resources/a.ts', `const home = process.env['HOME'];`],
  ['the console', calls, 'broker/a.ts', `console.log(1);`],
  ['a test that sleeps', sleeps, 'test/a.test.ts', `await new Promise((done) => setTimeout(done, 10));`],
  ['a test that sleeps by import', sleeps, 'test/a.test.ts', `import * as timers from 'node:timers/promises';`],
  ['state of a module', quietModules, 'broker/a.ts', `let count = 0;`],
  ['exported state of a module', quietModules, 'broker/a.ts', `export let count = 0;`],
  ['something that runs on import', quietModules, 'broker/a.ts', `start();`],
  ['a loop that runs on import', quietModules, 'broker/a.ts', `for (const a of b) start(a);`],
  ['any', casts, 'broker/a.ts', `let a: any;`],
  ['a non-null assertion', casts, 'broker/a.ts', `f(a!);`],
  ['a cast', casts, 'broker/a.ts', `f(a as B);`],
  ['an enum', strippable, 'broker/a.ts', `enum A { B }`],
  ['a parameter property', strippable, 'broker/a.ts', `class A { constructor(private readonly b: 1) {} }`],
  ['a namespace', strippable, 'broker/a.ts', `namespace A { export const b = 1; }`],
  ['an export without a contract', docComments, 'broker/a.ts', `export const a = 1;`],
  ['an export with a remark only', docComments, 'broker/a.ts', `export function a() {} // later`],
  ['something unfinished', unfinished, 'broker/a.ts', ['f(); // TO', 'DO: more'].join('')],
  ['a long file', fileLines, 'broker/a.ts', `f();`.repeat(1) + '\n'.repeat(301)],
];

/** Code that resembles what is banned and is not. */
const GOOD: readonly (readonly [string, (source: Source) => Finding[], string, string])[] = [
  ['broker imports channels', layers, 'broker/a.ts', `import { b } from '../channels/b.ts';`],
  ['the SDK in its one file', layers, 'events/sdk.ts', `import { CloudEvent } from 'cloudevents';`],
  ['an edge imports a library', layers, 'crds/a.ts', `import { z } from 'zod';`],
  ['Kubernetes has a Service', names, 'crds/service.ts', `export interface Service {}`],
  ['base64 is a word', names, 'events/a.ts', `export const dataBase64 = 1; export class IdsOf {} `],
  ['the clock at home', calls, 'events/clock.ts', `const now = Date.now();`],
  ['a date of given time', calls, 'triggers/a.ts', `const at = new Date(atMs);`],
  ['a key that is called setTimeout', calls, 'triggers/a.ts', `const a = { setTimeout: 1 }; a.setTimeout;`],
  [
    'constants, functions, classes and types',
    quietModules,
    'broker/a.ts',
    `import { a } from './b.ts'; export const c = f(); function f() {} class D {} type E = 1;`,
  ],
  ['as const', casts, 'broker/a.ts', `const A = ['b'] as const;`],
  ['satisfies', casts, 'broker/a.ts', `return_(v satisfies never);`],
  ['widening to unknown', casts, 'broker/a.ts', `f(JSON.parse(a) as unknown);`],
  ['a renamed import', casts, 'broker/a.ts', `import { a as b } from './c.ts';`],
  ['a contract above', docComments, 'broker/a.ts', `/** One. */\nexport const a = 1;`],
  ['an overload', docComments, 'broker/a.ts', `/** One. */\nexport function a(b: 1): 1;\nexport function a(b: 2): 2;`],
  [
    'a long list of tests',
    functionLines,
    'test/a.test.ts',
    `describe('a', () => {\n${"test('b', () => {});\n".repeat(70)}});`,
  ],
  [
    'a long suite',
    functionLines,
    'test/conformance/a.ts',
    `function suite() {\n${"test.each([1])('b', () => {});\n".repeat(70)}}`,
  ],
];

describe('each rule bites', () => {
  test.for(BAD)('%s', ([_what, rule, path, text]) => {
    expect(rule(parse(path, text)).map((f) => f.path)).toEqual([path]);
  });
  test('a ring of imports is found once, however long', () => {
    const ring = [
      parse('broker/a.ts', `import { b } from './b.ts';`),
      parse('broker/b.ts', `import type { C } from '../events/c.ts';`),
      parse('events/c.ts', `import type { A } from '../broker/a.ts';`),
    ];
    expect(report(cycles(ring))).toMatch(
      /^broker\/a.ts:1: cycles: broker\/a.ts -> broker\/b.ts -> events\/c.ts -> broker\/a.ts;[^\n]*$/,
    );
  });
  test('the median file counts, not the longest', () => {
    const files = [10, 120, 250].map((lines) => parse(`broker/${lines}.ts`, 'f();\n'.repeat(lines)));
    expect(medianLines(files).map((f) => f.path)).toEqual(['broker/120.ts']);
    expect(medianLines(files.slice(0, 1))).toEqual([]);
  });
  test('a code without a row and a row without a code are both found', () => {
    const page = { path: 'docs/errors.md', text: '| code | means |\n|---|---|\n| `known` | x |\n| `gone` | x |\n' };
    expect(errorRows(['known', 'new'], page).map((f) => [f.line, f.text.slice(0, 18)])).toEqual([
      [1, 'has no row for new'],
      [4, 'gone is not in eve'],
    ]);
  });
  test('an optional package that the lockfile leaves out is found', () => {
    const packages = { 'node_modules/a': { optionalDependencies: { b: '1.0.0', c: '1.0.0' } }, 'node_modules/b': {} };
    const page = { path: 'package-lock.json', text: JSON.stringify({ packages }) };
    expect(report(optionalPackages(page))).toMatch(/has no c, which node_modules\/a may need/);
    expect(optionalPackages(page)).toHaveLength(1);
  });
  test('a link to nowhere is found, relative to its page', () => {
    const page = { path: 'docs/a.md', text: '[x](b.md)\n[y](../c.md#d) [z](https://example.com/e) [w](#here)' };
    expect(links(page, (path) => path === 'c.md').map((f) => f.text.split(' ')[0])).toEqual(['b.md']);
  });
  test.for([
    ['see /wo', 'rk/x'],
    ['iss', 'ue #12'],
    ['https://registry.np', 'mjs.org/x'],
    ['../sh', 'ared/x'],
  ])('private: %s%s', (pieces) => {
    expect(privateWords({ path: 'a.md', text: pieces.join('') })).toHaveLength(1);
  });
});

describe('no rule cries wolf', () => {
  test.for(GOOD)('%s', ([_what, rule, path, text]) => {
    expect(report(rule(parse(path, text)))).toBe('');
  });
});

describe('exceptions only shrink', () => {
  const found = (count: number): Finding[] =>
    Array.from({ length: count }, () => ({ path: 'broker/a.ts', line: 1, rule: 'as', text: 'x' }));
  const listed = [{ path: 'broker/a.ts', rule: 'as', count: 2, reason: 'y' }];
  test('as many as listed are let through', () => expect(except(found(2), listed)).toEqual([]));
  test('one more shows them all', () => expect(except(found(3), listed)).toHaveLength(3));
  test('one less asks for the number to come down', () =>
    expect(report(except(found(1), listed))).toContain('lower the number'));
  test('another file or rule is not covered', () => {
    const other = [{ path: 'broker/b.ts', line: 1, rule: 'as', text: 'x' }];
    expect(except([...found(2), ...other], listed)).toEqual(other);
  });
});
