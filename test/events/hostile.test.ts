import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloudEvent } from '../../events/attributes.ts';
import { decodeHttp } from '../../events/http/decode.ts';
import { encodeBinary, encodeStructured } from '../../events/http/encode.ts';
import { decodeJson, decodeJsonBatch } from '../../events/json/decode.ts';
import { anyEvent } from './arbitrary.ts';
import { refusal } from './refusal.ts';
import { bytes, json, REQUIRED_HEADERS } from './samples.ts';

const STRUCTURED = ['content-type', 'application/cloudevents+json'];
const BATCH = ['content-type', 'application/cloudevents-batch+json'];

/** Decodes, and whatever is let in must be valid once more and must go out again; `refusal` lets every error through that is no refusal. */
function survives(rawHeaders: readonly string[], body: Uint8Array): void {
  refusal(() => {
    const decoded = decodeHttp({ rawHeaders, body });
    const events = decoded.kind === 'batch' ? decoded.events : decoded.kind === 'event' ? [decoded.event] : [];
    for (const event of events) {
      expect(refusal(() => cloudEvent(event.attributes, event.data))).toBeUndefined();
      encodeBinary(event);
      encodeStructured(event);
    }
  });
}

const wild = fc.string({ unit: 'binary', maxLength: 40 });
const octets = fc.uint8Array({ maxLength: 200 });
const header = fc.oneof(
  wild,
  wild.map((text) => `ce-${text}`),
  fc.constantFrom(
    'ce-id',
    'ce-source',
    'ce-type',
    'ce-specversion',
    'CE-TIME',
    'ce-dataschema',
    'ce-data',
    'content-type',
    'ce-__proto__',
    'ce-constructor',
  ),
);
const value = fc.oneof(
  wild,
  fc.constantFrom(
    '1.0',
    '%C0%A0',
    '"',
    '"a\\',
    '%',
    'application/cloudevents+json',
    'application/cloudevents',
    '2020-01-01T00:00:00Z',
  ),
);

describe('nothing but a refusal comes of', () => {
  test('any headers and any bytes', () => {
    fc.assert(fc.property(fc.array(fc.oneof(header, value), { maxLength: 20 }), octets, survives), { numRuns: 500 });
  });

  test('an event in binary mode with anything added', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(header, value), { maxLength: 4 }), octets, (more, body) =>
        survives([...REQUIRED_HEADERS, ...more.flat()], body),
      ),
      { numRuns: 500 },
    );
  });

  test('any bytes as JSON', () => {
    fc.assert(
      fc.property(octets, (body) => {
        survives(STRUCTURED, body);
        survives(BATCH, body);
      }),
    );
  });

  test('any JSON as an event or a batch', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.dictionary(
          fc.oneof(wild, fc.constantFrom('id', 'data', 'data_base64', 'time', 'datacontenttype')),
          fc.jsonValue(),
        ),
        (text, members) => {
          survives(STRUCTURED, bytes(text));
          survives(BATCH, bytes(`[${text}]`));
          survives(STRUCTURED, json(members));
        },
      ),
    );
  });

  test('an event in JSON with one byte changed', () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(), fc.integer({ min: 0, max: 255 }), (event, place, byte) => {
        const body = Uint8Array.from(encodeStructured(event).body ?? []);
        body[place % body.length] = byte;
        survives(STRUCTURED, body);
        survives(BATCH, Buffer.concat([bytes('['), body, bytes(']')]));
      }),
      { numRuns: 500 },
    );
  });

  test('an event in JSON that is cut anywhere', () => {
    fc.assert(
      fc.property(anyEvent, fc.nat(), (event, place) => {
        const body = encodeStructured(event).body ?? bytes('');
        const cut = body.subarray(0, place % body.length);
        expect(refusal(() => decodeJson(cut))?.code).toBe('json-invalid');
      }),
    );
  });
});

test('nesting without end, inside data or out, is read or refused without a deep stack', () => {
  const deep = '['.repeat(200_000);
  for (const text of [deep, `{"data":${deep}`, `{"a":${deep}${']'.repeat(200_000)}}`]) {
    expect(refusal(() => decodeJson(bytes(text)))).toBeDefined();
    expect(refusal(() => decodeJsonBatch(bytes(text)))).toBeDefined();
  }
});

test('a refusal is one short line, whatever came', () => {
  const long = 'x\n'.repeat(50_000);
  for (const run of [
    () => decodeJson(json({ id: long })),
    () => decodeJson(json({ [long]: 1 })),
    () => decodeJson(json({ datacontenttype: long })),
    () => decodeHttp({ rawHeaders: [...REQUIRED_HEADERS, `ce-${long}`, 'x'], body: bytes('') }),
    () => decodeHttp({ rawHeaders: ['content-type', `application/cloudevents+${long}`], body: bytes('') }),
  ]) {
    const refused = refusal(run);
    expect(refused?.message.length).toBeLessThan(250);
    expect(refused?.message).not.toContain('\n');
    expect(refused?.path?.length ?? 0).toBeLessThan(100);
  }
});

test('many attributes are read in time that grows with their number', () => {
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`a${i}`, i]));
  expect(decodeJson(json(many)).attributes.size).toBe(50_004);
});
