import { CloudEvent as SdkEvent, HTTP, type Message } from 'cloudevents';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attribute, type CloudEvent } from '../../events/event.ts';
import { encodeBatch, encodeBinary, encodeStructured, type EncodedHttp } from '../../events/http/encode.ts';
import { fromSdk, loadSdk } from '../../events/sdk.ts';
import { anyEvent } from './arbitrary.ts';
import { plain, received, text } from './samples.ts';

const toSdk = await loadSdk();

// What the SDK writes and reads without harm; the rest are its deviations, each a test of its own (sdk-deviations.test.ts).
const word = fc.string({
  unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-._~/'.split('')),
  minLength: 1,
  maxLength: 20,
});
const simple = fc.record(
  {
    id: word,
    source: word.map((path) => `/${path}`),
    type: word,
    time: fc
      .date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31') })
      .map((date) => date.toISOString()),
    subject: word,
    partitionkey: word,
    sequence: fc.nat({ max: 2 ** 31 - 1 }),
    sampled: fc.boolean(),
    datacontenttype: fc.constant('application/json'),
    data: fc.oneof(fc.dictionary(word, fc.jsonValue()), fc.array(fc.jsonValue())),
  },
  { requiredKeys: ['id', 'source', 'type', 'time'] },
);

// It writes every time anew.
const anyTime: unknown = expect.any(String);

function flat(message: Message): string[] {
  return Object.entries(message.headers).flatMap(([name, value]) => [name, String(value)]);
}

function record(message: EncodedHttp): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < message.headers.length; i += 2) headers[message.headers[i] ?? ''] = message.headers[i + 1] ?? '';
  return headers;
}

/** Every attribute of the SDK's event is one of ours, and the other way round. */
function same(sdk: SdkEvent<unknown>, event: CloudEvent, implied: readonly string[] = []): void {
  const names = Object.keys(sdk).filter((name) => !['data', 'data_base64'].includes(name) && sdk[name] !== undefined);
  for (const name of names) expect(attribute(event, name)).toBe(String(sdk[name]));
  expect([...event.attributes.keys()].filter((name) => !implied.includes(name)).toSorted()).toEqual(
    names.filter((name) => !implied.includes(name)).toSorted(),
  );
}

test('what the SDK sends in binary mode we read as it was meant', () => {
  fc.assert(
    fc.property(simple, (attributes) => {
      const sdk = new SdkEvent<unknown>(attributes);
      const message = HTTP.binary(sdk);
      const event = received(flat(message), typeof message.body === 'string' ? message.body : '');
      same(sdk, event, ['datacontenttype']);
      expect(text(event.data)).toBe(sdk.data === undefined ? undefined : JSON.stringify(sdk.data));
    }),
  );
});

test('what the SDK sends in structured mode we read as it was meant', () => {
  fc.assert(
    fc.property(simple, (attributes) => {
      const sdk = new SdkEvent<unknown>(attributes);
      const message = HTTP.structured(sdk);
      const event = received(flat(message), String(message.body));
      same(sdk, event, ['datacontenttype']);
      expect(text(event.data)).toBe(sdk.data === undefined ? undefined : JSON.stringify(sdk.data));
    }),
  );
});

test('bytes that the SDK sends we read as bytes, in both modes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (data) => {
      const sdk = new SdkEvent<unknown>({
        id: '1',
        source: '/',
        type: 't',
        datacontenttype: 'application/octet-stream',
        data,
      });
      const binary = HTTP.binary(sdk);
      expect(received(flat(binary), data).data).toEqual(data);
      const structured = HTTP.structured(sdk);
      expect(Uint8Array.from(received(flat(structured), String(structured.body)).data ?? [])).toEqual(data);
    }),
  );
});

test('what we send in binary mode the SDK takes, with the attributes as they travel', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const message = encodeBinary(event);
      const headers = record(message);
      const sdk = HTTP.toEvent({ headers, body: message.body && Buffer.from(message.body) });
      for (const [header, value] of Object.entries(headers)) {
        const name = header === 'content-type' ? 'datacontenttype' : header.slice(3);
        expect(Object.entries(sdk)).toContainEqual([name, name === 'time' ? anyTime : value]);
      }
    }),
  );
});

test('what we send in structured mode the SDK takes, attributes with their types', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const message = encodeStructured(event);
      const sdk = HTTP.toEvent({ headers: record(message), body: text(message.body) });
      for (const [name, value] of event.attributes)
        expect(Object.entries(sdk)).toContainEqual([name, name === 'time' ? anyTime : value]);
    }),
  );
});

test('a batch that we send the SDK takes', () => {
  fc.assert(
    fc.property(fc.array(simple, { minLength: 1, maxLength: 3 }), (batch) => {
      const events = batch.map((attributes) => fromSdk(new SdkEvent<unknown>(attributes)));
      const message = encodeBatch(events);
      const sdk = HTTP.toEvent({ headers: record(message), body: text(message.body) });
      expect(Array.isArray(sdk) && sdk.map((event) => plain(fromSdk(event)))).toEqual(events.map(plain));
    }),
  );
});

test('an event made for the SDK is one that the SDK can send, and we read it back', () => {
  fc.assert(
    fc.property(simple, (attributes) => {
      const event = received(
        flat(HTTP.binary(new SdkEvent<unknown>(attributes))),
        JSON.stringify(attributes.data ?? ''),
      );
      const message = HTTP.structured(toSdk(event));
      const back = received(flat(message), String(message.body));
      expect(plain({ attributes: back.attributes })).toEqual(plain({ attributes: event.attributes }));
    }),
  );
});
