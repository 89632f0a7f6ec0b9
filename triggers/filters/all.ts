import type { Interest } from '../../events/interest.ts';
import { elements } from './body.ts';
import type { CompileElement, Filter } from './dialect.ts';
import { both } from './interest.ts';

/** Every element matches. [Knative filter dialect all] */
export function compileAll(body: unknown, path: string, nested: CompileElement): Filter {
  return allOf(elements(body, path).map((element, i) => nested(element, `${path}[${i}]`)));
}

/** AND, in order, stopping at the first that does not match. */
export function allOf(filters: readonly Filter[]): Filter {
  const [first] = filters;
  if (first && filters.length === 1) return first;
  return {
    matches(event) {
      for (const filter of filters) if (!filter.matches(event)) return false;
      return true;
    },
    interest: filters.reduce<Interest>((sum, filter) => both(sum, filter.interest), 'everything'),
  };
}
