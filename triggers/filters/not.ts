import type { CompileElement, Filter } from './dialect.ts';

/** The element below does not match, so an event without its attribute does. [Knative filter dialect not] */
export function compileNot(body: unknown, path: string, nested: CompileElement): Filter {
  const inner = nested(body, path);
  return { matches: (event) => !inner.matches(event), interest: 'everything' };
}
