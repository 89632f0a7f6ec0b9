import { attribute } from '../../events/event.ts';
import { allOf } from './all.ts';
import { attributeValues } from './body.ts';
import type { Filter } from './dialect.ts';

/** Every attribute named is present and its canonical string ends with the value. [Knative filter dialect suffix] */
export function compileSuffix(body: unknown, path: string): Filter {
  return allOf(attributeValues(body, path).map(([name, value]) => endsWith(name, value)));
}

function endsWith(name: string, value: string): Filter {
  return { matches: (event) => attribute(event, name)?.endsWith(value) === true, interest: 'everything' };
}
