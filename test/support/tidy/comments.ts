import { child, at, nodesIn, spelled } from './source.ts';
import type { Finding, Node, Source } from './source.ts';

/** Every export states its contract right above it; of an overloaded function, the first signature does. */
export function docComments(source: Source): Finding[] {
  const found: Finding[] = [];
  const seen = new Set<string>();
  for (const statement of source.body) {
    const declaration = child(statement, 'declaration');
    if (declaration === undefined || !/^Export(Named|Default)Declaration$/.test(statement.type)) continue;
    const name = nameOf(declaration);
    const documented = source.comments.some(
      (c) =>
        c.type === 'Block' &&
        c.value.startsWith('*') &&
        c.end <= statement.start &&
        source.text.slice(c.end, statement.start).trim() === '',
    );
    if (!documented && !seen.has(name))
      found.push({
        ...at(source, statement),
        rule: 'doc-comments',
        text: `${name} is exported without a doc comment; say its shape, units, promises, errors`,
      });
    seen.add(name);
  }
  return found;
}

function nameOf(declaration: Node): string {
  return spelled(child(declaration, 'id')) ?? spelled(child(nodesIn(declaration['declarations'])[0], 'id')) ?? 'this';
}

const MARKS = /\b(TODO|FIXME|XXX|HACK)\b/;

/** What is unfinished is in the code (refused by name) or in the plan, never in a comment. */
export function unfinished(source: Source): Finding[] {
  return source.comments.flatMap((comment) => {
    const mark = MARKS.exec(comment.value)?.[1];
    return mark === undefined
      ? []
      : [
          {
            ...at(source, comment),
            rule: 'unfinished',
            text: `${mark} in a comment; do it, or refuse the case by name`,
          },
        ];
  });
}
