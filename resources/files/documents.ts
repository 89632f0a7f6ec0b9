import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml';

/** One document of a file, as a plain value; or, if it cannot be read, why. */
export interface FileDocument {
  /** Counts from 1. */
  readonly line: number;
  /** Where it stands in the text, without the `---` before it. */
  readonly range: { readonly from: number; readonly to: number };
  readonly value?: unknown;
  /** What is wrong with its YAML, in words that quote nothing of it. */
  readonly broken?: string;
  /** The line of a field, or of the nearest thing around it that is there. */
  lineOf(steps: readonly (string | number)[]): number;
}

/** How often aliases of one document may be followed, all in all: beyond that it is a bomb. */
export const ALIASES_MAX = 100;

/** The documents of a text, in order; empty ones are left out. JSON is YAML. Never throws: a text that cannot be read at all is one broken document. */
export function documentsIn(text: string): readonly FileDocument[] {
  const lines = new LineCounter();
  const documents = parsed(text, lines);
  if (typeof documents !== 'string') return documents.flatMap((document) => fileDocument(document, lines) ?? []);
  return [{ line: 1, range: { from: 0, to: text.length }, broken: documents, lineOf: () => 1 }];
}

// The documents, or what is wrong with them all. Keys that stand twice are looked for here: the parser compares each with each.
function parsed(text: string, lineCounter: LineCounter): readonly Document.Parsed[] | string {
  try {
    return [...parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'silent', uniqueKeys: false })];
  } catch (error) {
    return error instanceof RangeError ? 'nests too deeply' : 'is not YAML';
  }
}

function fileDocument(document: Document.Parsed, lines: LineCounter): FileDocument | undefined {
  const [from, to] = document.range;
  const contents: Node | null = document.contents;
  const lineAt = (offset: number): number => Math.max(lines.linePos(offset).line, 1);
  const line = lineAt(contents?.range?.[0] ?? from);
  const place = { range: { from: contents?.range?.[0] ?? from, to: contents?.range?.[1] ?? to } };
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    const at = lineAt(problem.pos[0]);
    return {
      ...place,
      line: at,
      broken: PROBLEMS[problem.code] ?? `is not YAML (${words(problem.code)})`,
      lineOf: () => at,
    };
  }
  const wrong = hostile(document);
  if (wrong) {
    const at = lineAt(wrong.offset);
    return { ...place, line: at, broken: wrong.broken, lineOf: () => at };
  }
  if (contents === null || (isScalar(contents) && contents.value === null)) return undefined;
  const lineOf = (steps: readonly (string | number)[]): number => lineAt(offsetOf(document, steps) ?? from);
  try {
    return { ...place, line, value: document.toJS({ maxAliasCount: ALIASES_MAX }), lineOf };
  } catch (error) {
    const broken = error instanceof RangeError ? 'nests too deeply' : `follows aliases more than ${ALIASES_MAX} times`;
    return { ...place, line, broken, lineOf: () => line };
  }
}

const PLAIN_TAGS = new Set(
  ['null', 'bool', 'int', 'float', 'str', 'map', 'seq'].map((type) => `tag:yaml.org,2002:${type}`),
);

interface Wrong {
  readonly broken: string;
  readonly offset: number;
}

// What the parser lets pass, or checks in quadratic time: tags that make other than plain values, keys that stand twice.
function hostile(document: Document.Parsed): Wrong | undefined {
  let found: Wrong | undefined;
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) return undefined;
      const twice = isMap<Node>(node) ? keyTwice(node) : undefined;
      if (twice !== undefined) found = { broken: 'has a key twice', offset: twice };
      else if (node.tag !== undefined && !PLAIN_TAGS.has(node.tag))
        found = { broken: TAGGED, offset: node.range?.[0] ?? 0 };
      return found ? visit.BREAK : undefined;
    },
  });
  return found;
}

function keyTwice(map: YAMLMap<Node>): number | undefined {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    if (seen.has(name)) return key.range?.[0] ?? 0;
    seen.add(name);
  }
  return undefined;
}

const TAGGED = 'has a tag (!...); write plain values';

const PROBLEMS: Readonly<Record<string, string>> = {
  TAG_RESOLVE_FAILED: TAGGED,
  RESOURCE_EXHAUSTION: 'nests too deeply',
  TAB_AS_INDENT: 'is indented with tabs; indent with spaces',
  BAD_INDENT: 'is badly indented',
  MISSING_CHAR: 'lacks a closing quote, bracket or colon',
};

function words(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

function offsetOf(document: Document.Parsed, steps: readonly (string | number)[]): number | undefined {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0];
  for (const step of steps) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap<Node, Node | null>(node)) {
      const pair: Pair<Node, Node | null> | undefined = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (!pair) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq<Node>(node) && typeof step === 'number') {
      node = node.items[step];
      if (!node) break;
      offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}
