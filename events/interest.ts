import { attribute, type CloudEvent } from './event.ts';

/** Attribute name -> the canonical strings it may have; an event fits if each named attribute has one of them. */
export type Conjunction = Readonly<Record<string, readonly string[]>>;

/**
 * Which events a subscription may want: all, or those that fit one of the conjunctions (none = nothing). It may only over-approximate the filter: what the filter matches,
 * it covers. A plain value, so it can be stored, indexed and turned into bindings.
 */
export type Interest = 'everything' | readonly Conjunction[];

/** Whether `interest` covers `event`: the definition that every index must agree with. */
export function covers(interest: Interest, event: CloudEvent): boolean {
  if (interest === 'everything') return true;
  return interest.some((conjunction) =>
    Object.entries(conjunction).every(([name, values]) => {
      const value = attribute(event, name);
      return value !== undefined && values.includes(value);
    }),
  );
}
