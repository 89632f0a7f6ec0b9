import { basename } from 'node:path';
import { child, at, nodesIn, spelled } from './source.ts';
import type { Finding, Node, Source } from './source.ts';

const EMPTY_WORDS = new Set(['Manager', 'Helper', 'Helpers', 'Util', 'Utils', 'Impl', 'Wrapper']);
const EMPTY_TYPE_WORDS = new Set([...EMPTY_WORDS, 'Service', 'Common', 'Base']);
/** Where Kubernetes' own Service is meant. */
const KUBERNETES = ['crds/', 'resources/', 'test/crds/', 'test/resources/'];
const TYPES = new Set(['ClassDeclaration', 'TSInterfaceDeclaration', 'TSTypeAliasDeclaration']);

/** A name that must be opened to be understood is wrong: on types, functions, constants of a file, and files. */
export function names(source: Source): Finding[] {
  const found: Finding[] = [];
  for (const { node, name, isType } of declared(source.body)) {
    const empty = words(name).find(
      (word) => (isType ? EMPTY_TYPE_WORDS : EMPTY_WORDS).has(word) && !(word === 'Service' && inKubernetes(source)),
    );
    if (empty !== undefined)
      found.push({
        ...at(source, node),
        rule: 'names',
        text: `${name} says "${empty}", which says nothing; name it for what it is or does`,
      });
    if (isType && /^I[A-Z][a-z]/.test(name))
      found.push({
        ...at(source, node),
        rule: 'names',
        text: `${name} has the I of an interface; name it ${name.slice(1)}`,
      });
  }
  const file = basename(source.path, '.ts');
  const empty = words(file.replaceAll(/(?:^|[-.])([a-z])/g, (_all, letter: string) => letter.toUpperCase())).find(
    (word) => EMPTY_TYPE_WORDS.has(word) && !(word === 'Service' && inKubernetes(source)),
  );
  if (empty !== undefined)
    found.push({
      path: source.path,
      line: 1,
      rule: 'names',
      text: `the file's name says "${empty}", which says nothing; name it for its concept`,
    });
  if (!/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(file))
    found.push({
      path: source.path,
      line: 1,
      rule: 'names',
      text: 'is not kebab-case; write lower-case words with hyphens',
    });
  return found;
}

interface Declared {
  readonly node: Node;
  readonly name: string;
  readonly isType: boolean;
}

/** What the file declares at its top, exported or not. */
function declared(body: readonly Node[]): readonly Declared[] {
  return body.flatMap((statement) => {
    const node = child(statement, 'declaration') ?? statement;
    const named = node.type === 'VariableDeclaration' ? nodesIn(node['declarations']) : [node];
    return named.flatMap((one) => {
      const name = spelled(child(one, 'id'));
      return name === undefined ? [] : [{ node: one, name, isType: TYPES.has(node.type) }];
    });
  });
}

function words(name: string): readonly string[] {
  return name.split(/(?=[A-Z][a-z])|_|-/);
}

function inKubernetes(source: Source): boolean {
  return KUBERNETES.some((folder) => source.path.startsWith(folder));
}
