import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the code of a worker in this folder is: `.ts` when run from the sources, `.js` when built, as this file itself. The compiler rewrites imports, not such names. */
export function workerUrl(name: string): URL {
  return new URL(`./${name}${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
}
