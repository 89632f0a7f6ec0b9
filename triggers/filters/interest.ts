import type { Conjunction, Interest } from '../../events/interest.ts';

// An interest stays small, as it is stored with each subscription and every index holds it: beyond these it falls back to something that covers more.
const CONJUNCTIONS_MAX = 64;
const VALUES_MAX = 1024;

/** What both cover. Never less than the events that satisfy both; nothing (`[]`) when they exclude one another. */
export function both(a: Interest, b: Interest): Interest {
  if (a === 'everything') return b;
  if (b === 'everything') return a;
  // Either alone covers all that satisfies both: the smaller one is the better index.
  if (a.length * b.length > CONJUNCTIONS_MAX) return a.length <= b.length ? a : b;
  const product: Conjunction[] = [];
  for (const left of a) {
    for (const right of b) {
      const conjunction = merged(left, right);
      if (conjunction) product.push(conjunction);
    }
  }
  return product;
}

/** What either covers. */
export function either(a: Interest, b: Interest): Interest {
  if (a === 'everything' || b === 'everything') return 'everything';
  const union: Conjunction[] = [...a];
  for (const conjunction of b) {
    const at = union.findIndex((other) => sameSingleAttribute(other, conjunction));
    const other = union[at];
    if (other) union[at] = pooled(other, conjunction);
    else union.push(conjunction);
  }
  return union.length > CONJUNCTIONS_MAX || valueCount(union) > VALUES_MAX ? 'everything' : union;
}

function merged(left: Conjunction, right: Conjunction): Conjunction | undefined {
  const result: Record<string, readonly string[]> = { ...left };
  for (const [name, values] of Object.entries(right)) {
    // `constructor` is a legal attribute name: only own properties count.
    const before = Object.hasOwn(result, name) ? result[name] : undefined;
    const common = before ? values.filter((value) => before.includes(value)) : values;
    if (common.length === 0) return undefined;
    result[name] = common;
  }
  return result;
}

function sameSingleAttribute(a: Conjunction, b: Conjunction): boolean {
  const names = Object.keys(a);
  const name = names[0];
  return names.length === 1 && name !== undefined && Object.keys(b).length === 1 && Object.hasOwn(b, name);
}

function pooled(a: Conjunction, b: Conjunction): Conjunction {
  return Object.fromEntries(
    Object.entries(a).map(([name, values]) => [name, [...new Set([...values, ...(b[name] ?? [])])]]),
  );
}

function valueCount(union: readonly Conjunction[]): number {
  return union.reduce(
    (sum, conjunction) => Object.values(conjunction).reduce((inner, values) => inner + values.length, sum),
    0,
  );
}
