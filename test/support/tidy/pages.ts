import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { z } from 'zod';
import type { Finding } from './source.ts';

/** A text file of the repository that is not TypeScript, or is looked at as text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** Every code has a row in docs/errors.md (its first cell), and every row is a code. */
export function errorRows(codes: readonly string[], page: Page): Finding[] {
  const rows = new Map<string, number>();
  page.text.split('\n').forEach((line, at) => {
    const code = /^\|\s*`([a-z0-9-]+)`\s*\|/.exec(line)?.[1];
    if (code !== undefined) rows.set(code, at + 1);
  });
  const missing = codes.filter((code) => !rows.has(code));
  const unknown = [...rows].filter(([code]) => !codes.includes(code));
  return [
    ...missing.map((code) => ({
      path: page.path,
      line: 1,
      rule: 'error-rows',
      text: `has no row for ${code} of events/errors.ts; say what it means and what to do`,
    })),
    ...unknown.map(([code, line]) => ({
      path: page.path,
      line,
      rule: 'error-rows',
      text: `${code} is not in events/errors.ts; codes are retired, not removed`,
    })),
  ];
}

/** Every relative link of a page leads to a file. `exists` is asked with a path relative to the repository. */
export function links(page: Page, exists: (path: string) => boolean = existsSync): Finding[] {
  return page.text.split('\n').flatMap((line, at) =>
    [...line.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap(([, target = '']) => {
      if (/^[a-z]+:/.test(target) || exists(posix.join(posix.dirname(page.path), target))) return [];
      return [
        {
          path: page.path,
          line: at + 1,
          rule: 'links',
          text: `${target} does not exist; correct the link or write the page`,
        },
      ];
    }),
  );
}

/** Each spelled so that this file is not its own finding. */
const PRIVATE: readonly (readonly [RegExp, string])[] = [
  [/\/w[o]rk\//, 'a folder of one machine'],
  [/\.\.\/sh[a]red\//, 'a folder outside the repository'],
  [/\biss[u]es? #?\d+/i, 'a number that only its tracker knows'],
  [/registry\.(npm[j]s|yarn[p]kg|npm[m]irror)\./, 'a registry host'],
];

/** What only its author's machine understands has no place in the repository. */
export function privateWords(page: Page): Finding[] {
  return page.text.split('\n').flatMap((line, at) =>
    PRIVATE.flatMap(([pattern, what]) => {
      const word = pattern.exec(line)?.[0];
      return word === undefined
        ? []
        : [
            {
              path: page.path,
              line: at + 1,
              rule: 'private-words',
              text: `"${word}" is ${what}; say it so that a stranger understands`,
            },
          ];
    }),
  );
}

const locked = z.object({
  packages: z.record(z.string(), z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() })),
});

/** npm leaves an optional package out of the lockfile when the registry did not have it, and then refuses the lockfile. */
export function optionalPackages(page: Page): Finding[] {
  const { packages } = locked.parse(JSON.parse(page.text));
  return Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).flatMap((name) => {
      if (`node_modules/${name}` in packages || `${from}/node_modules/${name}` in packages) return [];
      return [
        {
          path: page.path,
          line: 1,
          rule: 'lockfile',
          text: `has no ${name}, which ${from} may need; choose a version all of whose packages can be had`,
        },
      ];
    }),
  );
}
