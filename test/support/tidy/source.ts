import { parseSync } from 'oxc-parser';
import type { Comment } from 'oxc-parser';

/** A node of the syntax tree, as far as the rules look into it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

/** One TypeScript file of the repository, parsed. `path` is relative to the repository, with slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly body: readonly Node[];
  readonly comments: readonly Comment[];
  lineAt(offset: number): number;
}

/** What breaks a rule: `path:line: rule: what it is and what to do`. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly text: string;
}

/** Parses a file; a syntax error is thrown with its path, because a file that no rule can read breaks all of them. */
export function parse(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return {
    path,
    text,
    lines: text.endsWith('\n') ? starts.length - 1 : starts.length,
    body: nodesIn(program.body),
    comments,
    lineAt(offset) {
      const line = starts.findLastIndex((start) => start <= offset);
      return line + 1;
    },
  };
}

/** Where a node stands, as findings say it. */
export function at(source: Source, node: Pick<Node, 'start'>): Pick<Finding, 'path' | 'line'> {
  return { path: source.path, line: source.lineAt(node.start) };
}

/** Calls `visit` with every node below `roots`, parents first, each with its ancestors (nearest last). */
export function walk(roots: readonly Node[], visit: (node: Node, above: readonly Node[]) => void): void {
  const above: Node[] = [];
  const step = (node: Node): void => {
    visit(node, above);
    above.push(node);
    for (const key in node) if (key !== 'parent') for (const child of nodesIn(node[key])) step(child);
    above.pop();
  };
  for (const root of roots) step(root);
}

/** The nodes in a property's value: the node itself, those of a list, or none. */
export function nodesIn(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.filter(isNode);
  return isNode(value) ? [value] : [];
}

/** A child by name, if it is one node. */
export function child(node: Node | undefined, key: string): Node | undefined {
  const value = node?.[key];
  return isNode(value) ? value : undefined;
}

/** The name of an identifier, the value of a string: whatever a node spells; undefined for the rest. */
export function spelled(node: Node | undefined): string | undefined {
  if (node?.type === 'Identifier' && typeof node['name'] === 'string') return node['name'];
  if (node?.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  return undefined;
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  );
}
