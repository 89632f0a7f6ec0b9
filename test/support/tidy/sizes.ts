import { child, at, nodesIn, spelled, walk } from './source.ts';
import type { Finding, Node, Source } from './source.ts';

const FILE_LINES = 300;
const FILE_LINES_MEDIAN = 100;
const FUNCTION_LINES = 60;
const PARAMETERS = 3;

export function fileLines(source: Source): Finding[] {
  if (source.lines <= FILE_LINES) return [];
  return [
    {
      path: source.path,
      line: source.lines,
      rule: 'file-lines',
      text: `has ${source.lines} lines, at most ${FILE_LINES}; split it by concept`,
    },
  ];
}

/** The median over all files given: the tail is what rots. */
export function medianLines(sources: readonly Source[]): Finding[] {
  const sorted = sources.toSorted((a, b) => a.lines - b.lines);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined || middle.lines <= FILE_LINES_MEDIAN) return [];
  return [
    {
      path: middle.path,
      line: 1,
      rule: 'median-lines',
      text: `the median file has ${middle.lines} lines, at most ${FILE_LINES_MEDIAN}; split files by concept`,
    },
  ];
}

export function functionLines(source: Source): Finding[] {
  const found: Finding[] = [];
  eachFunction(source, (node, above) => {
    const lines = source.lineAt(node.end) - source.lineAt(node.start) + 1;
    if (lines <= FUNCTION_LINES || holdsTests(node, above)) return;
    found.push({
      ...at(source, node),
      rule: 'function-lines',
      text: `${nameOf(node, above)} has ${lines} lines, at most ${FUNCTION_LINES}; split it by concept`,
    });
  });
  return found;
}

export function parameters(source: Source): Finding[] {
  const found: Finding[] = [];
  eachFunction(source, (node, above) => {
    const count = nodesIn(node['params']).length;
    if (count <= PARAMETERS) return;
    found.push({
      ...at(source, node),
      rule: 'parameters',
      text: `${nameOf(node, above)} takes ${count} parameters, at most ${PARAMETERS}; take one options object`,
    });
  });
  return found;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function eachFunction(source: Source, visit: (node: Node, above: readonly Node[]) => void): void {
  walk(source.body, (node, above) => {
    if (FUNCTIONS.has(node.type)) visit(node, above);
  });
}

/** A function that registers tests is a table of contents, not a function: `describe(...)`, a conformance suite. */
function holdsTests(node: Node, above: readonly Node[]): boolean {
  const call = above.at(-1);
  if (call?.type === 'CallExpression' && isRegistration(call, /^describe$/)) return true;
  let tests = 0;
  walk([node], (inner) => {
    if (inner.type === 'CallExpression' && isRegistration(inner, /^(describe|test|it)$/)) tests += 1;
  });
  return tests >= 3;
}

/** `test(...)`, `test.each(...)(...)`, `describe.skipIf(...)(...)`. */
function isRegistration(node: Node | undefined, names: RegExp): boolean {
  let part = node;
  while (part !== undefined && part.type !== 'Identifier') part = child(part, 'callee') ?? child(part, 'object');
  return names.test(spelled(part) ?? '');
}

function nameOf(node: Node, above: readonly Node[]): string {
  const parent = above.at(-1);
  return spelled(child(node, 'id')) ?? spelled(child(parent, 'id')) ?? spelled(child(parent, 'key')) ?? 'a function';
}
