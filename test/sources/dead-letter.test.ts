import { describe, expect, test } from 'vitest';
import { cloudEvent } from '../../events/attributes.ts';
import { RefusedError } from '../../events/errors.ts';
import { deadLetter, refusedLetter } from '../../sources/dead-letter.ts';

const SOURCE = { namespace: 'default', kind: 'MQTTSource', name: 'hall' };
const DATA = Buffer.from('x');

describe('a dead letter can be made of anything: nothing that comes again for ever stands in its way', () => {
  test('of what has a content type that is none', () => {
    const { attributes } = deadLetter({ id: '1', reason: 'r', data: DATA, contentType: 'json' }, SOURCE);
    expect(attributes.get('datacontenttype')).toBe('application/octet-stream');
  });

  test.each([
    ['a control character', 'a\u0001b'],
    ['a noncharacter', 'a\uFFFFb'],
    ['half of a character', 'a\uD800b'],
  ])('of what comes from a place whose name has %s', (_what, subject) => {
    expect(deadLetter({ id: '1', reason: 'r', subject }, SOURCE).attributes.get('subject')).toMatch(/^a.b$/u);
  });

  test('of an event whose id and subject are larger than any header may be, with an id that is the same each time', () => {
    const large = (end: string) =>
      refusedLetter(
        cloudEvent({
          specversion: '1.0',
          id: 'i'.repeat(100_000) + end,
          source: '/s',
          type: 't',
          subject: 's'.repeat(100_000),
        }),
        new RefusedError('event-too-large', 'too large'),
        SOURCE,
      ).attributes;
    expect(String(large('a').get('subject')).length).toBeLessThanOrEqual(500);
    expect(String(large('a').get('id')).length).toBeLessThanOrEqual(500);
    expect(large('a').get('id')).toBe(large('a').get('id'));
    expect(large('a').get('id')).not.toBe(large('b').get('id'));
  });
});
