import { readFileSync, readdirSync } from 'node:fs';
import { parse } from './source.ts';
import type { Source } from './source.ts';
import type { Page } from './pages.ts';

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.weir', 'results', 'generated']);
const TEXT =
  /\.(ts|js|mjs|cjs|json|md|yaml|yml|go|mod|sh|txt|toml)$|(^|\/)(run|LICENSE|Dockerfile|\.gitignore|\.npmrc)$/;

/** Every text file of the repository at `root`, by its path there. */
export function pages(root: string): readonly Page[] {
  const found: Page[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(`${root}/${folder}`, { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !NOT_OURS.has(entry.name)) visit(path);
      else if (entry.isFile() && TEXT.test(path)) found.push({ path, text: readFileSync(`${root}/${path}`, 'utf8') });
    }
  };
  visit('');
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The TypeScript files among `all`, parsed. */
export function sources(all: readonly Page[]): readonly Source[] {
  return all.filter((page) => page.path.endsWith('.ts')).map((page) => parse(page.path, page.text));
}
