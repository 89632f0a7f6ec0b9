import { FILTER_DEPTH_MAX } from '../../crds/filter.ts';
import { quoted, RefusedError } from '../../events/errors.ts';
import { compileAll } from './all.ts';
import { compileAny } from './any.ts';
import type { CompileElement, Dialect, Filter } from './dialect.ts';
import { compileExact } from './exact.ts';
import { compileNot } from './not.ts';
import { compilePrefix } from './prefix.ts';
import { compileSuffix } from './suffix.ts';

/** The list of dialects: a new one adds a line here. */
const dialects: ReadonlyMap<string, Dialect> = new Map<string, Dialect>([
  ['exact', compileExact],
  ['prefix', compilePrefix],
  ['suffix', compileSuffix],
  ['all', compileAll],
  ['any', compileAny],
  ['not', compileNot],
]);

/** One element of `spec.filters`: exactly one dialect, one we know. What cannot be understood is refused, never skipped. Throws `RefusedError` with a path. */
export function compileElement(element: unknown, path: string): Filter {
  return elementAt(1)(element, path);
}

function elementAt(depth: number): CompileElement {
  return (element, path) => {
    const [name, body] = onlyDialect(element, path);
    const at = `${path}.${name}`;
    if (name === 'cesql')
      throw new RefusedError('resource-unsupported', `${at}: CESQL is not supported yet; use one of ${known()}`, {
        path: at,
      });
    const compile = dialects.get(name);
    if (!compile)
      throw new RefusedError('resource-invalid', `${at}: is no filter dialect; expected one of ${known()}`, {
        path: at,
      });
    if (depth > FILTER_DEPTH_MAX)
      throw new RefusedError('resource-invalid', `${at}: is nested more than ${FILTER_DEPTH_MAX} deep; flatten it`, {
        path: at,
      });
    return compile(body, at, elementAt(depth + 1));
  };
}

function onlyDialect(element: unknown, path: string): readonly [string, unknown] {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    throw new RefusedError(
      'resource-invalid',
      `${path}: is ${quoted(element)}; expected an object with one of ${known()}`,
      { path },
    );
  }
  const given = Object.entries(element).filter(([, body]) => body !== undefined);
  const [first, second] = given;
  if (!first) throw new RefusedError('resource-invalid', `${path}: is empty; expected one of ${known()}`, { path });
  if (!second) return first;
  const names = given.map(([name]) => name).join(', ');
  throw new RefusedError('resource-invalid', `${path}: has ${names}; put each dialect into an element of its own`, {
    path,
  });
}

function known(): string {
  return [...dialects.keys()].join(', ');
}
