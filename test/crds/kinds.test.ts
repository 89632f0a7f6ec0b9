import { describe, expect, test } from 'vitest';
import { knownFields } from '../../crds/fields.ts';
import { KINDS, kindNamed } from '../../crds/kinds.ts';

describe('the list of kinds', () => {
  test.each([
    ['trigger', 'Trigger'],
    ['Triggers', 'Trigger'],
    ['cm', 'ConfigMap'],
    ['svc', 'Service'],
    ['githubsource', 'GitHubSource'],
  ])('%s means %s', (text, kind) => {
    expect(kindNamed(text)?.kind).toBe(kind);
  });

  test('a word means one kind at most', () => {
    const words = KINDS.flatMap(({ singular, plural, shortNames }) => [singular, plural, ...shortNames]);
    expect(new Set(words).size).toBe(words.length);
    expect(kindNamed('brokr')).toBeUndefined();
  });

  test.each(KINDS)('the fields of $kind are known from its schema', (kind) => {
    expect(knownFields(kind, [])).toEqual(expect.arrayContaining(['apiVersion', 'kind', 'metadata']));
    for (const steps of kind.immutable.filter(([first]) => first === 'spec'))
      expect(knownFields(kind, ['spec'])).toContain(steps[1]);
  });

  test('fields are known however deep filters nest', () => {
    const trigger = kindNamed('trigger');
    expect(trigger && knownFields(trigger, ['spec', 'filters', 0, 'all', 1, 'not'])).toContain('exact');
  });
});
