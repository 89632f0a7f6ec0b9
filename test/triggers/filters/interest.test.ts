import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FilterSpec } from '../../../crds/filter.ts';
import type { CloudEvent } from '../../../events/event.ts';
import { covers, type Interest } from '../../../events/interest.ts';
import { compileFilter } from '../../../triggers/filters/filter.ts';

function interest(...filters: FilterSpec[]): Interest {
  return compileFilter({ filters }).interest;
}

describe('the interest of', () => {
  test('no filter is everything', () => {
    expect(compileFilter({}).interest).toBe('everything');
  });

  test('exact is one conjunction', () => {
    expect(interest({ exact: { type: 't', source: 's' } })).toEqual([{ type: ['t'], source: ['s'] }]);
  });

  test('several elements is their conjunction', () => {
    expect(interest({ exact: { type: 't' } }, { prefix: { source: 's' } }, { exact: { subject: 'x' } })).toEqual([
      { type: ['t'], subject: ['x'] },
    ]);
  });

  test('any of exacts on one attribute is one conjunction with their values', () => {
    expect(interest({ any: [{ exact: { type: 'a' } }, { exact: { type: 'b' } }, { exact: { type: 'a' } }] })).toEqual([
      { type: ['a', 'b'] },
    ]);
  });

  test('any of different attributes is their union', () => {
    expect(interest({ any: [{ exact: { type: 'a' } }, { exact: { source: 'b' } }] })).toEqual([
      { type: ['a'] },
      { source: ['b'] },
    ]);
  });

  test('any with a part that an index cannot see is everything', () => {
    expect(interest({ any: [{ exact: { type: 'a' } }, { suffix: { type: 'b' } }] })).toBe('everything');
  });

  test.each<FilterSpec>([{ prefix: { type: 'a' } }, { suffix: { type: 'a' } }, { not: { exact: { type: 'a' } } }])(
    '%j is everything',
    (element) => {
      expect(interest(element)).toBe('everything');
    },
  );

  test('two exacts that exclude one another is nothing', () => {
    expect(interest({ exact: { type: 'a' } }, { exact: { type: 'b' } })).toEqual([]);
  });

  test('legacy attributes is the values, and everything where only presence is asked', () => {
    expect(compileFilter({ filter: { attributes: { type: 't', subject: '' } } }).interest).toEqual([{ type: ['t'] }]);
    expect(compileFilter({ filter: { attributes: { subject: '' } } }).interest).toBe('everything');
  });

  test('a product that would be large is one of its factors', () => {
    const wide = (name: string): FilterSpec => ({
      any: Array.from({ length: 9 }, (_, i) => ({ exact: { [name]: `${i}`, [`${name}x`]: `${i}` } })),
    });
    expect(interest(wide('a'), wide('b'))).toHaveLength(9);
  });

  test('a union that would be large is everything', () => {
    const many = Array.from({ length: 100 }, (_, i) => ({ exact: { type: `${i}`, source: `${i}` } }));
    expect(interest({ any: many })).toBe('everything');
    expect(interest({ any: Array.from({ length: 2000 }, (_, i) => ({ exact: { type: `${i}` } })) })).toBe('everything');
  });
});

const names = fc.constantFrom('type', 'source', 'subject', 'n', 'constructor');
const values = fc.constantFrom('a', 'b', 'ab', '5', 'true');
const texts = fc.dictionary(names, values, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
const spec: fc.Arbitrary<FilterSpec> = fc.letrec<{ spec: FilterSpec }>((tie) => ({
  spec: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    texts.map((exact): FilterSpec => ({ exact })),
    texts.map((prefix): FilterSpec => ({ prefix })),
    texts.map((suffix): FilterSpec => ({ suffix })),
    fc.array(tie('spec'), { minLength: 1, maxLength: 4 }).map((all): FilterSpec => ({ all })),
    fc.array(tie('spec'), { minLength: 1, maxLength: 4 }).map((any): FilterSpec => ({ any })),
    tie('spec').map((not): FilterSpec => ({ not })),
  ),
})).spec;
const event: fc.Arbitrary<CloudEvent> = fc
  .dictionary(names, fc.oneof(values, fc.constantFrom<string | number | boolean>(5, true, -1)), {
    noNullPrototype: true,
  })
  .map((attributes) => ({ attributes: new Map(Object.entries(attributes)) }));

function meaning(filter: FilterSpec, of: CloudEvent): boolean {
  const text = (name: string): string | undefined =>
    of.attributes.has(name) ? String(of.attributes.get(name)) : undefined;
  const each = (map: Readonly<Record<string, string>>, holds: (has: string, wants: string) => boolean): boolean =>
    Object.entries(map).every(([name, wants]) => text(name) !== undefined && holds(text(name) ?? '', wants));
  if ('exact' in filter) return each(filter.exact, (has, wants) => has === wants);
  if ('prefix' in filter) return each(filter.prefix, (has, wants) => has.indexOf(wants) === 0);
  if ('suffix' in filter) return each(filter.suffix, (has, wants) => has.slice(-wants.length) === wants);
  if ('all' in filter) return filter.all.every((one) => meaning(one, of));
  if ('any' in filter) return filter.any.some((one) => meaning(one, of));
  return !meaning(filter.not, of);
}

describe('any filter', () => {
  test('is covered by its interest wherever it matches', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 3 }), event, (filters, one) => {
        const filter = compileFilter({ filters });
        return !filter.matches(one) || covers(filter.interest, one);
      }),
      { numRuns: 2000 },
    );
  });

  test('matches what its dialects say', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 3 }), event, (filters, one) => {
        return compileFilter({ filters }).matches(one) === filters.every((filter) => meaning(filter, one));
      }),
      { numRuns: 2000 },
    );
  });
});
