import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import { encodeBinary, encodeStructured, type EncodedHttp } from '../../../events/http/encode.ts';
import { encodeHeaderValue } from '../../../events/http/header-value.ts';
import { encodeJson } from '../../../events/json/encode.ts';
import { decodeNats, type NatsPayload } from '../../../events/nats/decode.ts';
import { anyEvent } from '../arbitrary.ts';
import { refusal } from '../refusal.ts';
import { plain } from '../samples.ts';

const REQUIRED = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' };

function message(headers: Readonly<Record<string, string>>, text = ''): NatsPayload {
  return { headers: Object.entries(headers), data: Buffer.from(text) };
}

/** As a writer of the binding sends what one of HTTP would: one header has another name. */
function sent({ headers, body }: EncodedHttp, contentType: string): NatsPayload {
  const pairs = headers.flatMap((name, i): [string, string][] =>
    i % 2 === 0 ? [renamed(name, headers[i + 1] ?? '', contentType)] : [],
  );
  return { headers: pairs, data: body ?? new Uint8Array() };
}

function renamed(name: string, value: string, contentType: string): [string, string] {
  if (name !== 'content-type') return [name, value];
  return [contentType, contentType.startsWith('ce-') ? encodeHeaderValue(value) : value];
}

function canonical(event: CloudEvent | undefined): ReturnType<typeof plain> | undefined {
  if (!event) return undefined;
  const strings = new Map([...event.attributes.keys()].map((name) => [name, attribute(event, name) ?? '']));
  return plain(event.data === undefined ? { attributes: strings } : { attributes: strings, data: event.data });
}

test('binary mode gives back the same attributes and the same bytes [NATS binding 3.1]', () => {
  fc.assert(
    fc.property(anyEvent, fc.constantFrom('ce-datacontenttype', 'content-type'), (event, header) => {
      expect(canonical(decodeNats(sent(encodeBinary(event), header)))).toEqual(canonical(event));
    }),
  );
});

test('structured mode gives back the same attributes with their types, and the same bytes [NATS binding 3.2]', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const back = decodeNats(sent(encodeStructured(event), 'Content-Type'));
      expect(back && plain(back)).toEqual(plain(event));
    }),
  );
});

test('an event in JSON that no header announces is one, as the binding was until 1.0.2', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const back = decodeNats({ headers: [], data: encodeJson(event) });
      expect(back && plain(back)).toEqual(plain(event));
    }),
  );
});

test.each([
  ['no headers', message({}, 'hello')],
  ['headers of others', message({ 'Nats-Msg-Id': '7', 'Content-Type': 'text/plain' }, 'hello')],
  ['JSON that is no event', message({}, '{"specversion":"1.0","id":""}')],
  ['an event in JSON under another media type', message({ 'content-type': 'text/plain' }, '{"specversion":"1.0"}')],
  ['nothing', message({})],
])('a message with %s carries none', (_name, payload) => {
  expect(decodeNats(payload)).toBeUndefined();
});

test('values are percent-decoded once, and names of headers count in any case', () => {
  const event = decodeNats(message({ ...REQUIRED, 'Ce-Subject': 'a%20%22%2525', 'CE-X': '%E2%82%AC' }));
  expect(event?.attributes.get('subject')).toBe('a "%25');
  expect(event?.attributes.get('x')).toBe('€');
});

test('a source that was not encoded stands as it is, since decoded it is no URI reference', () => {
  expect(decodeNats(message({ ...REQUIRED, 'ce-source': '/a%20b' }))?.attributes.get('source')).toBe('/a%20b');
  expect(decodeNats(message({ ...REQUIRED, 'ce-source': '/a%2520b' }))?.attributes.get('source')).toBe('/a%20b');
});

test('ce-datacontenttype counts before Content-Type', () => {
  const event = decodeNats(message({ ...REQUIRED, 'content-type': 'text/a', 'ce-datacontenttype': 'text/b' }, 'x'));
  expect(event?.attributes.get('datacontenttype')).toBe('text/b');
});

test.each([
  [
    'an attribute that is missing',
    message({ 'ce-specversion': '1.0', 'ce-id': '1', 'ce-type': 't' }),
    'attribute-missing',
  ],
  ['another version', message({ ...REQUIRED, 'ce-specversion': '0.3' }), 'specversion-unsupported'],
  ['a batch', message({ 'content-type': 'application/cloudevents-batch+json' }, '[]'), 'content-type-unsupported'],
  [
    'a structured event that is no JSON',
    message({ 'content-type': 'application/cloudevents+json' }, '{'),
    'json-invalid',
  ],
  ['a name that is none', message({ ...REQUIRED, 'ce-a_b': '1' }), 'attribute-invalid'],
] as const)('%s is refused', (_name, payload, code) => {
  expect(refusal(() => decodeNats(payload))?.code).toBe(code);
});

test('an attribute that comes twice is refused', () => {
  const twice = { headers: [...Object.entries(REQUIRED), ['ce-id', '2'] as const], data: new Uint8Array() };
  expect(refusal(() => decodeNats(twice))?.code).toBe('attribute-duplicate');
});
