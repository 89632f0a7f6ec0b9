import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attribute, type CloudEvent } from '../../events/event.ts';
import { decodeHttp } from '../../events/http/decode.ts';
import { encodeBatch, encodeBinary, encodeStructured, type EncodedHttp } from '../../events/http/encode.ts';
import { anyEvent } from './arbitrary.ts';
import { plain } from './samples.ts';

const NOTHING = new Uint8Array();

function received(message: EncodedHttp): CloudEvent {
  const decoded = decodeHttp({ rawHeaders: message.headers, body: message.body ?? NOTHING });
  if (decoded.kind !== 'event') throw new Error(`came back as ${decoded.kind}`);
  return decoded.event;
}

/** Headers carry no types, so across binary mode the canonical strings are what must stay. */
function canonical(event: CloudEvent): ReturnType<typeof plain> {
  const strings = new Map([...event.attributes.keys()].map((name) => [name, attribute(event, name) ?? '']));
  return plain(event.data === undefined ? { attributes: strings } : { attributes: strings, data: event.data });
}

test('binary mode gives back the same attributes and the same bytes', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      expect(canonical(received(encodeBinary(event)))).toEqual(canonical(event));
    }),
  );
});

test('structured mode gives back the same attributes with their types and order, and the same bytes', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const back = received(encodeStructured(event));
      expect(plain(back)).toEqual(plain(event));
      expect([...back.attributes.keys()]).toEqual([...event.attributes.keys()]);
    }),
  );
});

test('a batch gives back each of its events', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 4 }), (events) => {
      const { headers, body } = encodeBatch(events);
      const decoded = decodeHttp({ rawHeaders: headers, body: body ?? NOTHING });
      expect(decoded.kind === 'batch' && decoded.events.map(plain)).toEqual(events.map(plain));
    }),
  );
});

test('from mode to mode and back an event stays what it is', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const there = received(encodeStructured(received(encodeBinary(event))));
      const back = received(encodeBinary(received(encodeStructured(event))));
      expect(canonical(there)).toEqual(canonical(event));
      expect(canonical(back)).toEqual(canonical(event));
    }),
  );
});

test('what is sent can be sent: headers are printable ASCII, structured bodies are JSON', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      for (const part of encodeBinary(event).headers) expect(part).toMatch(/^[ -~]*$/);
      const body = Buffer.from(encodeStructured(event).body ?? NOTHING).toString('utf8');
      expect(Object.keys(JSON.parse(body)).filter((name) => !name.startsWith('data_') && name !== 'data').length).toBe(
        event.attributes.size,
      );
    }),
  );
});
