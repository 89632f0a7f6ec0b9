import { posix } from 'node:path';
import { child, at, spelled, walk } from './source.ts';
import type { Finding, Node, Source } from './source.ts';

/** Which folders of ours a folder may import. A folder that is not here may import everything. */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  events: [],
  crds: ['events'],
  clients: ['events', 'crds'],
  resources: ['events', 'crds'],
  channels: ['events', 'crds', 'clients'],
  triggers: ['events', 'crds', 'clients'],
  sources: ['events', 'crds', 'clients'],
  broker: ['events', 'crds', 'resources', 'channels', 'triggers', 'sources'],
  cli: ['events', 'crds', 'resources', 'channels', 'triggers', 'sources', 'broker'],
};

/** What needs Node only, with the one file that may import something else. */
const OWN_CODE = [
  'events/',
  'triggers/filters/',
  'triggers/verdict.ts',
  'channels/memory/',
  'channels/log/',
  'channels/embedded/',
];
const LIBRARY_HOMES: Readonly<Record<string, string>> = { cloudevents: 'events/sdk.ts' };

/** An import, of whatever form (types, re-exports, `import()` and `import('x').T` included). */
interface Import {
  readonly node: Node;
  readonly specifier: string;
}

/** The files that `source` imports and how they are written. */
export function imports(source: Source): readonly Import[] {
  const found: Import[] = [];
  walk(source.body, (node) => {
    if (!/^(Import|Export)|^TSImportType$/.test(node.type)) return;
    const specifier = spelled(child(node, 'source') ?? child(node, 'argument'));
    if (specifier !== undefined) found.push({ node, specifier });
  });
  return found;
}

/** Holds the table above, and that the core is written with Node alone. */
export function layers(source: Source): Finding[] {
  const folder = top(source.path);
  const allowed = LAYERS[folder];
  if (allowed === undefined) return [];
  const found: Finding[] = [];
  for (const { node, specifier } of imports(source)) {
    if (specifier.startsWith('.')) {
      const to = top(resolve(source.path, specifier));
      if (to === folder || allowed.includes(to)) continue;
      const may = allowed.length === 0 ? 'nothing of ours' : allowed.join(', ');
      found.push({
        ...at(source, node),
        rule: 'layers',
        text: `${folder} may not import ${to}; it may import ${may}: take what you need by argument`,
      });
    } else if (
      !specifier.startsWith('node:') &&
      OWN_CODE.some((own) => source.path.startsWith(own)) &&
      LIBRARY_HOMES[specifier] !== source.path
    ) {
      found.push({
        ...at(source, node),
        rule: 'layers',
        text: `${source.path} needs Node only, but imports ${specifier}; move that to the edge that needs it`,
      });
    }
  }
  return found;
}

/** No file imports itself by way of others, types included. One finding per ring. */
export function cycles(sources: readonly Source[]): Finding[] {
  const edges = new Map(
    sources.map((source) => [
      source.path,
      imports(source)
        .filter((i) => i.specifier.startsWith('.'))
        .map((i) => resolve(source.path, i.specifier)),
    ]),
  );
  const done = new Set<string>();
  const found: Finding[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    const seen = way.indexOf(path);
    if (seen !== -1) {
      const ring = [...way.slice(seen), path].join(' -> ');
      found.push({ path, line: 1, rule: 'cycles', text: `${ring}; move what both need into a file of its own` });
    } else if (!done.has(path)) {
      for (const next of edges.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    }
  };
  for (const source of sources) visit(source.path, []);
  return found;
}

/** No file that only passes others on, and none named as if it did. */
export function barrels(source: Source): Finding[] {
  const found: Finding[] = [];
  if (/(^|\/)(index|utils?|helpers?|common|misc|part\d+)\.ts$/.test(source.path)) {
    found.push({
      path: source.path,
      line: 1,
      rule: 'barrels',
      text: 'is named for nothing; name the file for the one concept in it',
    });
  }
  const all = source.body.find((node) => node.type === 'ExportAllDeclaration');
  if (all !== undefined)
    found.push({
      ...at(source, all),
      rule: 'barrels',
      text: 'passes a whole file on; import from where it is written',
    });
  if (
    source.body.length > 0 &&
    source.body.every(
      (node) =>
        /^(Import|Export)/.test(node.type) &&
        (node['source'] !== undefined || node['specifiers'] !== undefined) &&
        child(node, 'declaration') === undefined &&
        node.type !== 'ExportDefaultDeclaration',
    )
  ) {
    found.push({
      path: source.path,
      line: 1,
      rule: 'barrels',
      text: 'only passes others on; import from where it is written',
    });
  }
  return found;
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier);
}

function top(path: string): string {
  return path.split('/')[0] ?? path;
}
