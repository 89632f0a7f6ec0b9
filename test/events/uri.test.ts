import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isAbsoluteUri, isUriReference } from '../../events/uri.ts';

test.each([
  'https://example.com',
  'https://user:secret@example.com:8080/a/b;c?d=e&f#g',
  'https://example.com:/',
  'http://[2001:db8::7]/c=GB?objectClass?one',
  'http://[::ffff:1.2.3.4]:80/',
  'http://[v1.a:b]/',
  'http://ex%41mple/',
  'mailto:John.Doe@example.com',
  'urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66',
  'tel:+1-816-555-1212',
  'file:///etc/hosts',
  'a+b-c.1:x',
  'x:',
])('%s is a URI, and so a reference [RFC 3986 3]', (text) => {
  expect(isUriReference(text)).toBe(true);
});

test.each([
  '#fragment',
  '/a/b',
  '//authority/path',
  '',
  '?q',
  'a/b:c',
  './a:b',
  '../..',
  'a',
  'a%20b',
  '1234',
  '/a?b/c?d#e/f?g',
])('%j is a relative reference, and no absolute URI [RFC 3986 4.2]', (text) => {
  expect(isUriReference(text)).toBe(true);
  expect(isAbsoluteUri(text)).toBe(false);
});

test.each([
  ['/a b', 'a space'],
  ['/a%2', 'half a triplet'],
  ['/a%zz', 'no hex'],
  ['/a%', 'a percent alone'],
  ['/ä', 'a letter beyond ASCII'],
  ['/a"b', 'a quote'],
  ['/a<b>', 'angle brackets'],
  ['/a\\b', 'a backslash'],
  ['/a{b}', 'braces'],
  ['/a|b', 'a bar'],
  ['/a^b`', 'a caret'],
  ['#a#b', 'two fragments'],
  ['1a:b', 'a scheme that begins with a digit'],
  [':a', 'an empty scheme'],
  ['a_b:c', 'a colon in the first segment'],
  ['/[a]', 'brackets in a path'],
  ['http://[::1', 'an open bracket'],
  ['http://[1:2]/', 'half an IPv6 address'],
  ['http://a]/', 'a closing bracket'],
  ['http://a:b/', 'a port of letters'],
  ['http://a@b@c/', 'two users'],
  ['http://a b/', 'a space in the host'],
  ['http://ü/', 'a host beyond ASCII'],
  ['/a\u0000', 'a control character'],
])('%j is no reference: %s [RFC 3986 4.1]', (text) => {
  expect(isUriReference(text)).toBe(false);
  expect(isAbsoluteUri(text)).toBe(false);
});

test('a fragment makes a URI no absolute one [RFC 3986 4.3]', () => {
  expect(isAbsoluteUri('https://example.com/schema')).toBe(true);
  expect(isAbsoluteUri('https://example.com/schema#/definitions/a')).toBe(false);
});

test('whatever URL writes is a reference', () => {
  fc.assert(fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => isUriReference(url)));
});

test('long hostile text is judged in time that grows with its length', () => {
  const long = 100_000;
  for (const text of [
    `//${'a'.repeat(long)}@@`,
    `//${'%41'.repeat(long)}\u0000`,
    `//[${':'.repeat(long)}`,
    'a'.repeat(long) + ' ',
  ])
    expect(isUriReference(text)).toBe(false);
});
