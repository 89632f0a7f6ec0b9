import type { CloudEvent } from '../../events/event.ts';
import type { Interest } from '../../events/interest.ts';

/** A compiled filter. `matches` is pure, quick and allocates nothing for string attributes; `interest` covers at least what it matches. */
export interface Filter {
  matches(event: CloudEvent): boolean;
  readonly interest: Interest;
}

/** Compiles what stands below a dialect's name; `path` names that place, `nested` compiles an element inside it. Throws `RefusedError` with a path. */
export type Dialect = (body: unknown, path: string, nested: CompileElement) => Filter;

/** Compiles one element: an object with one dialect. */
export type CompileElement = (element: unknown, path: string) => Filter;
