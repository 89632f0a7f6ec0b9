import { attribute } from '../../events/event.ts';
import { allOf } from './all.ts';
import { attributeValues } from './body.ts';
import type { Filter } from './dialect.ts';

/** Every attribute named is present and its canonical string begins with the value. [Knative filter dialect prefix] */
export function compilePrefix(body: unknown, path: string): Filter {
  return allOf(attributeValues(body, path).map(([name, value]) => startsWith(name, value)));
}

function startsWith(name: string, value: string): Filter {
  return { matches: (event) => attribute(event, name)?.startsWith(value) === true, interest: 'everything' };
}
