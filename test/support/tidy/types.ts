import { child, at, walk, spelled } from './source.ts';
import type { Finding, Source } from './source.ts';

/** `any`, `!` and `as` say that the author knows better than the compiler. `as const` does not, nor does `satisfies`. */
export function casts(source: Source): Finding[] {
  const found: Finding[] = [];
  walk(source.body, (node) => {
    if (node.type === 'TSAnyKeyword')
      found.push({
        ...at(source, node),
        rule: 'any',
        text: '`any` switches the compiler off; take `unknown` and parse',
      });
    if (node.type === 'TSNonNullExpression')
      found.push({
        ...at(source, node),
        rule: 'non-null',
        text: '`!` is a guess; test for undefined, or assert with a message',
      });
    if (node.type !== 'TSAsExpression' && node.type !== 'TSTypeAssertion') return;
    const type = child(node, 'typeAnnotation');
    // Widening to `unknown` claims nothing.
    if (type?.type === 'TSUnknownKeyword') return;
    if (type?.type === 'TSTypeReference' && spelled(child(type, 'typeName')) === 'const') return;
    found.push({
      ...at(source, node),
      rule: 'as',
      text: '`as` is a guess; take `unknown` and narrow it, or use `satisfies`',
    });
  });
  return found;
}

const STRIPPED_NOT: Readonly<Record<string, string>> = {
  TSEnumDeclaration: 'an enum',
  TSModuleDeclaration: 'a namespace',
  TSParameterProperty: 'a parameter property',
  Decorator: 'a decorator',
  TSExportAssignment: 'an `export =`',
  TSImportEqualsDeclaration: 'an `import =`',
};

/** Node runs the sources by stripping types: nothing may be written that is more than a type. */
export function strippable(source: Source): Finding[] {
  const found: Finding[] = [];
  walk(source.body, (node) => {
    const what = STRIPPED_NOT[node.type];
    if (what !== undefined)
      found.push({
        ...at(source, node),
        rule: 'strippable',
        text: `${what} is not removed by stripping types; use a union, a module, a field`,
      });
  });
  return found;
}
