import { at, child } from './source.ts';
import type { Finding, Source } from './source.ts';

/** Where a process or a worker begins: these run, and are imported by nobody. */
const ENTRIES = /^cli\/main\.ts$|-worker\.ts$/;

/** A file is read, not run: no variable of its own that changes, and nothing that happens because it was imported. */
export function quietModules(source: Source): Finding[] {
  if (ENTRIES.test(source.path)) return [];
  return source.body.flatMap((statement) => {
    const node = child(statement, 'declaration') ?? statement;
    if (node.type === 'VariableDeclaration' && node['kind'] !== 'const') {
      return [
        {
          ...at(source, node),
          rule: 'module-state',
          text: 'a variable of the whole process; give it an owner and pass that on',
        },
      ];
    }
    if (/^(Import|Export|TS|Class|Function|Variable|Empty)/.test(node.type) || typeof node['directive'] === 'string')
      return [];
    return [
      {
        ...at(source, node),
        rule: 'module-state',
        text: 'runs when the file is imported; put it into a function that someone calls',
      },
    ];
  });
}
