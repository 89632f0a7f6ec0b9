import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { githubFacts } from '../../../sources/github/events.ts';
import { EXAMPLES } from './github-payloads.ts';

/** Puts other values into a payload here and there, so that what is looked for is sometimes there and sometimes not what it should be. */
const damage = fc
  .infiniteStream(fc.option(fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })), { freq: 4, nil: undefined }))
  .map(
    (values) =>
      (payload: unknown): unknown =>
        JSON.parse(JSON.stringify(payload), (_name, value: unknown) => {
          const other: unknown = values.next().value;
          return other === undefined ? value : other;
        }),
  );

describe('subject and extensions [eventing-github]', () => {
  test.each(EXAMPLES.map((example) => [`${example.event} about ${example.subject ?? 'nothing'}`, example] as const))(
    '%s',
    (_name, { event, payload, subject, extensions }) => {
      expect(githubFacts(event, payload)).toEqual(subject === undefined ? { extensions } : { subject, extensions });
    },
  );
});

describe('a payload that is not what it should be', () => {
  test('what is missing, null, empty or of another type is left out', () => {
    expect(
      githubFacts('issues', {
        action: '',
        issue: null,
        repository: { name: ['x'], owner: 'me' },
        sender: { login: {} },
      }),
    ).toEqual({ extensions: {} });
  });

  test("names of JavaScript's own are no members", () => {
    expect(githubFacts('status', JSON.parse('{"__proto__":{"sha":"x"},"repository":"constructor"}'))).toEqual({
      extensions: {},
    });
  });

  test('text that no attribute may hold is left out [CloudEvents "String"]', () => {
    expect(githubFacts('label', { action: 'a\u0000b', label: { name: '\uD800' }, sender: { login: 'fine' } })).toEqual({
      extensions: { sender: 'fine' },
    });
  });

  test('a number beyond 32 bits becomes its digits, one that is no integer is left out', () => {
    expect(githubFacts('pull_request', { number: 3_000_000_000, installation: { id: 1.5 } }).extensions).toEqual({
      number: '3000000000',
    });
  });

  test('pages without names are passed over', () => {
    expect(githubFacts('gollum', { pages: [null, { page_name: 3 }, { page_name: 'Home' }] }).subject).toBe('Home');
    expect(githubFacts('gollum', { pages: [] }).subject).toBeUndefined();
  });

  test('whatever JSON comes, it is read without a throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EXAMPLES), damage, ({ event, payload }, damaged) => {
        const { extensions } = githubFacts(event, damaged(payload));
        for (const [name, value] of Object.entries(extensions)) {
          expect(name).toMatch(/^[a-z0-9]{1,20}$/);
          expect(value).not.toBe('');
        }
      }),
    );
  });
});

test('the owner of a push that has a name and no login is still the owner', () => {
  expect(githubFacts('push', { repository: { name: 'r', owner: { name: 'Codertocat' } } }).extensions['owner']).toBe(
    'Codertocat',
  );
});
