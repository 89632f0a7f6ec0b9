import { describe, expect, test } from 'vitest';
import type { AttributeValue, CloudEvent } from '../../../events/event.ts';
import type { TriggerFilterSpec } from '../../../crds/filter.ts';
import { compileFilter } from '../../../triggers/filters/filter.ts';

function event(attributes: Readonly<Record<string, AttributeValue>> = {}): CloudEvent {
  return {
    attributes: new Map(
      Object.entries({ specversion: '1.0', id: '1', source: '/s', type: 'com.example.t', ...attributes }),
    ),
  };
}

function matches(spec: unknown, attributes: Readonly<Record<string, AttributeValue>> = {}): boolean {
  return compileFilter(spec as TriggerFilterSpec).matches(event(attributes));
}

describe('which of filter and filters counts', () => {
  test('without either, every event matches', () => {
    expect(matches({})).toBe(true);
    expect(matches({ filter: {} })).toBe(true);
    expect(matches({ filter: { attributes: {} } })).toBe(true);
  });

  test('non-empty filters override filter [Knative Trigger spec.filters]', () => {
    const spec = { filter: { attributes: { type: 'other' } }, filters: [{ exact: { type: 'com.example.t' } }] };
    expect(matches(spec)).toBe(true);
  });

  test('an empty filters leaves filter active [Knative Trigger spec.filters]', () => {
    expect(matches({ filter: { attributes: { type: 'other' } }, filters: [] })).toBe(false);
  });

  test('all elements of filters must match', () => {
    expect(matches({ filters: [{ exact: { type: 'com.example.t' } }, { prefix: { source: '/x' } }] })).toBe(false);
    expect(matches({ filters: [{ exact: { type: 'com.example.t' } }, { prefix: { source: '/s' } }] })).toBe(true);
  });
});

describe('filter.attributes', () => {
  test.each([
    ['all equal', { type: 'com.example.t', source: '/s' }, {}, true],
    ['one differs', { type: 'com.example.t', source: '/x' }, {}, false],
    ['case differs', { type: 'COM.example.t' }, {}, false],
    ['"" and the attribute is present', { subject: '' }, { subject: 'any' }, true],
    ['"" and the attribute is missing', { subject: '' }, {}, false],
    ['"" and time is missing', { time: '' }, {}, false],
    ['a value and the attribute is missing', { subject: 'x' }, {}, false],
    ['an integer by its canonical string', { n: '5' }, { n: 5 }, true],
    ['an integer written otherwise', { n: '05' }, { n: 5 }, false],
    ['a boolean by its canonical string', { b: 'true' }, { b: true }, true],
    ['a name that objects have of themselves', { constructor: '' }, {}, false],
  ])('%s', (...[, attributes, given, expected]) => {
    expect(matches({ filter: { attributes } }, given)).toBe(expected);
  });
});

describe('dialects', () => {
  test.each([
    ['exact: equal', { exact: { type: 'com.example.t' } }, {}, true],
    ['exact: a longer value', { exact: { type: 'com.example' } }, {}, false],
    ['exact: every entry must match', { exact: { type: 'com.example.t', source: '/x' } }, {}, false],
    ['exact: missing never matches', { exact: { subject: 'x' } }, {}, false],
    ['exact: an integer as text', { exact: { n: '-7' } }, { n: -7 }, true],
    [
      'exact: time as the text it carries',
      { exact: { time: '2026-01-01T00:00:00Z' } },
      { time: '2026-01-01T00:00:00.0Z' },
      false,
    ],
    ['prefix: begins', { prefix: { type: 'com.' } }, {}, true],
    ['prefix: the middle', { prefix: { type: 'example' } }, {}, false],
    ['prefix: an integer as text', { prefix: { n: '1' } }, { n: 123 }, true],
    ['prefix: missing never matches', { prefix: { subject: 'x' } }, {}, false],
    ['suffix: ends', { suffix: { type: '.t' } }, {}, true],
    ['suffix: the beginning', { suffix: { type: 'com' } }, {}, false],
    ['suffix: missing never matches', { suffix: { datacontenttype: 'json' } }, {}, false],
    ['all: each', { all: [{ prefix: { type: 'com' } }, { suffix: { type: 't' } }] }, {}, true],
    ['all: not each', { all: [{ prefix: { type: 'com' } }, { suffix: { type: 'x' } }] }, {}, false],
    ['any: one', { any: [{ exact: { type: 'x' } }, { suffix: { type: 't' } }] }, {}, true],
    ['any: none', { any: [{ exact: { type: 'x' } }, { suffix: { type: 'x' } }] }, {}, false],
    ['not: inverts', { not: { exact: { type: 'x' } } }, {}, true],
    ['not: of what is missing', { not: { exact: { subject: 'x' } } }, {}, true],
    ['not: of what matches', { not: { exact: { type: 'com.example.t' } } }, {}, false],
    [
      'nested',
      { not: { any: [{ all: [{ exact: { source: '/s' } }, { not: { prefix: { type: 'org' } } }] }] } },
      {},
      false,
    ],
  ])('%s', (...[, element, given, expected]) => {
    expect(matches({ filters: [element] }, given)).toBe(expected);
  });
});

describe('what is refused, with its path', () => {
  const deep = Array.from({ length: 40 }).reduce<unknown>((inner) => ({ not: inner }), { exact: { type: 't' } });
  test.each([
    ['an empty value', [{ exact: { source: 's' } }, { exact: { type: '' } }], 'spec.filters[1].exact.type'],
    ['an empty prefix', [{ prefix: { type: '' } }], 'spec.filters[0].prefix.type'],
    ['an empty suffix', [{ suffix: { type: '' } }], 'spec.filters[0].suffix.type'],
    ['exact of nothing', [{ exact: {} }], 'spec.filters[0].exact'],
    ['all of nothing', [{ all: [] }], 'spec.filters[0].all'],
    ['any of nothing', [{ any: [] }], 'spec.filters[0].any'],
    ['an element of nothing', [{}], 'spec.filters[0]'],
    ['two dialects in one element', [{ exact: { type: 't' }, suffix: { type: 't' } }], 'spec.filters[0]'],
    ['an unknown dialect', [{ regex: { type: 't' } }], 'spec.filters[0].regex'],
    ['cesql', [{ cesql: "type = 't'" }], 'spec.filters[0].cesql'],
    [
      'what is nested',
      [{ not: { any: [{ exact: { type: 't' } }, { exact: { Type: 't' } }] } }],
      'spec.filters[0].not.any[1].exact.Type',
    ],
    ['a number for a value', [{ exact: { n: 5 } }], 'spec.filters[0].exact.n'],
    ['null for an element', [null], 'spec.filters[0]'],
    ['a map for all', [{ all: { exact: { type: 't' } } }], 'spec.filters[0].all'],
    ['a list for exact', [{ exact: ['type'] }], 'spec.filters[0].exact'],
  ])('%s', (_, filters, path) => {
    expect(() => compileFilter({ filters } as unknown as TriggerFilterSpec)).toThrow(
      expect.objectContaining({ name: 'RefusedError', path }),
    );
  });

  test('a filter nested too deep, before it overflows the stack', () => {
    expect(() => compileFilter({ filters: [deep] } as unknown as TriggerFilterSpec)).toThrow(
      /nested more than 32 deep/,
    );
  });

  test('a legacy name that no attribute can have', () => {
    const spec = { filter: { attributes: { 'Type!': 'x' } } };
    expect(() => compileFilter(spec)).toThrow(expect.objectContaining({ path: 'spec.filter.attributes.Type!' }));
  });

  test('the text says where, what and what to do', () => {
    expect(() => compileFilter({ filters: [{ exact: { type: '' } }] })).toThrow(
      'spec.filters[0].exact.type: is empty; to accept any type, leave the attribute out',
    );
  });
});
