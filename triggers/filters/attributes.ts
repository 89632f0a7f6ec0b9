import { attribute } from '../../events/event.ts';
import { allOf } from './all.ts';
import { attributeEntries } from './body.ts';
import { exactly } from './exact.ts';
import type { Filter } from './dialect.ts';

/**
 * The legacy dialect: each attribute must be present, and equal the value unless that is "". A missing attribute never matches.
 * [Knative Trigger spec.filter.attributes]
 */
export function compileAttributes(attributes: unknown, path: string): Filter {
  return allOf(
    attributeEntries(attributes, path).map(([name, value]) => (value === '' ? present(name) : exactly(name, value))),
  );
}

function present(name: string): Filter {
  return { matches: (event) => attribute(event, name) !== undefined, interest: 'everything' };
}
