import type { TriggerFilterSpec } from '../../crds/filter.ts';
import { compileAll } from './all.ts';
import { compileAttributes } from './attributes.ts';
import type { Filter } from './dialect.ts';
import { compileElement } from './element.ts';

export type { Filter };

const everything: Filter = { matches: () => true, interest: 'everything' };

/**
 * Compiles what a Trigger's spec says: a non-empty `filters` (ANDed) overrides `filter`; an empty one leaves it active; neither = every event.
 * Throws `RefusedError` whose path names the place below `spec`, as in `spec.filters[1].exact.type`. [Knative Trigger spec.filters]
 */
export function compileFilter(spec: TriggerFilterSpec): Filter {
  if (spec.filters && spec.filters.length > 0) return compileAll(spec.filters, 'spec.filters', compileElement);
  const attributes = spec.filter?.attributes;
  return attributes && Object.keys(attributes).length > 0
    ? compileAttributes(attributes, 'spec.filter.attributes')
    : everything;
}
