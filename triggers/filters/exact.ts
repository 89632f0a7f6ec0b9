import { attribute } from '../../events/event.ts';
import { allOf } from './all.ts';
import { attributeValues } from './body.ts';
import type { Filter } from './dialect.ts';

/** Every attribute named is present and its canonical string equals the value; time is compared as the text it carries. [Knative filter dialect exact] */
export function compileExact(body: unknown, path: string): Filter {
  return allOf(attributeValues(body, path).map(([name, value]) => exactly(name, value)));
}

/** One attribute, one value. */
export function exactly(name: string, value: string): Filter {
  return { matches: (event) => attribute(event, name) === value, interest: [{ [name]: [value] }] };
}
