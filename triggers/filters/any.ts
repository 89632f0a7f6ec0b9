import type { Interest } from '../../events/interest.ts';
import { elements } from './body.ts';
import type { CompileElement, Filter } from './dialect.ts';
import { either } from './interest.ts';

/** At least one element matches. [Knative filter dialect any] */
export function compileAny(body: unknown, path: string, nested: CompileElement): Filter {
  const filters = elements(body, path).map((element, i) => nested(element, `${path}[${i}]`));
  return {
    matches(event) {
      for (const filter of filters) if (filter.matches(event)) return true;
      return false;
    },
    interest: filters.reduce<Interest>((sum, filter) => either(sum, filter.interest), []),
  };
}
