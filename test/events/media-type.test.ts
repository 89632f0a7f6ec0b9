import { expect, test } from 'vitest';
import { charset, isJson, isMediaType } from '../../events/media-type.ts';

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'application/json ;charset=utf-8',
  'text/plain;charset="utf-8"',
  'text/plain; a="b;c\\"d"; e=f',
  'text/plain;',
  'application/vnd.example.v2+json',
  "x!#$%&'*+-.^_`|~/y",
  'TEXT/HTML',
])('%s is a media type [RFC 2046]', (text) => expect(isMediaType(text)).toBe(true));

test.each([
  'xyz',
  '/json',
  'text/',
  'text/plain charset=utf-8',
  'text/plain; charset',
  'text/plain; charset=',
  'text/plain; =utf-8',
  'text/plain; charset= utf-8',
  'text/plain; a="b',
  'text/pl ain',
  'text/plain/x',
  'text/plain, text/html',
  ' text/plain',
  'text/plain\t',
  'text/plän',
  'text/plain; a="\u0001"',
])('%j is no media type [RFC 2046]', (text) => expect(isMediaType(text)).toBe(false));

test.each([
  ['application/json', true],
  ['APPLICATION/JSON; charset=utf-8', true],
  ['text/json', true],
  ['application/problem+json', true],
  ['application/json ; a=b', true],
  ['application/json-seq', false],
  ['application/jsonp', false],
  ['text/plain; a=application/json', false],
  ['text/plain; a=x+json', false],
])('%s declares JSON: %s [JSON format 3.1.1]', (type, json) => expect(isJson(type)).toBe(json));

test.each([
  ['text/plain', undefined],
  ['text/plain; charset=UTF-8', 'utf-8'],
  ['text/plain; Charset="ISO-8859-1"; x=y', 'iso-8859-1'],
  ['text/plain;x=y;charset=us-ascii', 'us-ascii'],
  ['text/plain; xcharset=a', undefined],
])('the charset of %s is %s', (type, expected) => expect(charset(type)).toBe(expected));

test('long hostile text is judged in time that grows with its length', () => {
  for (const part of [';   ', '; a="b" ', '; a=b', ';;'])
    expect(isMediaType(`text/plain${part.repeat(50_000)}\u0000`)).toBe(false);
});
