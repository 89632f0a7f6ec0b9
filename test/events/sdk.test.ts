import { execFileSync } from 'node:child_process';
import { CloudEvent as SdkEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloudEvent } from '../../events/attributes.ts';
import type { CloudEvent } from '../../events/event.ts';
import { fromSdk, loadSdk } from '../../events/sdk.ts';
import { anyEvent } from './arbitrary.ts';
import { refusal } from './refusal.ts';
import { bytes, plain, REQUIRED, text } from './samples.ts';

const toSdk = await loadSdk();

function event(attributes: Readonly<Record<string, string | number | boolean>>, data?: Uint8Array): CloudEvent {
  return cloudEvent({ ...REQUIRED, ...attributes }, data);
}

describe('to the SDK', () => {
  test('an event is one of its CloudEvents, frozen, with its attributes and their types', () => {
    const made = toSdk(event({ n: 5, flag: false, time: '2018-04-05T17:31:00.000000001+01:00' }));
    expect(made).toBeInstanceOf(SdkEvent);
    expect(Object.isFrozen(made)).toBe(true);
    expect(Object.fromEntries(Object.entries(made))).toEqual({
      ...REQUIRED,
      n: 5,
      flag: false,
      time: '2018-04-05T17:31:00.000000001+01:00',
    });
    expect(made.validate()).toBe(true);
  });

  test('nothing is invented: no time, no media type', () => {
    const made = toSdk(event({}));
    expect(Object.keys(made)).toEqual(Object.keys(REQUIRED));
    expect(JSON.parse(made.toString())).toEqual(REQUIRED);
    expect(JSON.parse(String(HTTP.structured(made).body))).toEqual(REQUIRED);
  });

  test.each(['validate', 'emit', 'constructor', 'tostring'])('an attribute may be named %s', (name) => {
    const made = toSdk(event({ [name]: 'x' }));
    expect(made[name]).toBe('x');
    expect(plain(fromSdk(made))).toEqual(plain(event({ [name]: 'x' })));
  });

  test.each([
    ['application/json', '{"a":[1]}', { a: [1] }],
    ['application/json', '0', 0],
    ['application/json', 'null', null],
    ['application/json', '"text"', 'text'],
    ['text/plain', 'text', 'text'],
    ['text/plain', '', ''],
    ['text/plain', '\ufefftext', '\ufefftext'],
  ])('data of %s, %s, are what they say', (datacontenttype, data, value) => {
    const made = toSdk(event({ datacontenttype }, bytes(data)));
    expect(made.data).toEqual(value);
    expect(made.data_base64).toBeUndefined();
  });

  test.each([
    ['application/json', 'no JSON'],
    ['application/octet-stream', 'x'],
    [undefined, '{}'],
  ])('data of %s, %s, are bytes', (datacontenttype, data) => {
    const made = toSdk(event(datacontenttype === undefined ? {} : { datacontenttype }, bytes(data)));
    expect(made.data).toEqual(bytes(data));
    expect(made.data_base64).toBe(Buffer.from(data).toString('base64'));
    expect(JSON.parse(made.toString())).not.toHaveProperty('data');
  });
});

describe('from the SDK', () => {
  test('an event keeps its attributes; what is unset stays unset', () => {
    const sdk = new SdkEvent(
      { ...REQUIRED, n: 5, flag: true, unset: undefined, none: null, time: '2018-04-05T17:31:00Z' },
      false,
    );
    expect(plain(fromSdk(sdk))).toEqual(plain(event({ n: 5, flag: true, time: '2018-04-05T17:31:00Z' })));
  });

  test('a plain object of that shape will do, and gets no id and no time', () => {
    expect(plain(fromSdk({ ...REQUIRED }))).toEqual(plain(event({})));
    const { id: _, ...rest } = REQUIRED;
    expect(refusal(() => fromSdk({ ...rest, id: '' }))).toMatchObject({ code: 'attribute-invalid', path: 'id' });
  });

  test('a Date is its timestamp, bytes in an extension are base64', () => {
    const back = fromSdk({ ...REQUIRED, seen: new Date(0), key: Uint8Array.of(1, 2, 3) });
    expect(plain(back)).toEqual(plain(event({ seen: '1970-01-01T00:00:00.000Z', key: 'AQID' })));
  });

  test.each([
    [{ a: 1 }, undefined, ['{"a":1}', 'application/json']],
    ['text', undefined, ['"text"', 'application/json']],
    [0, 'application/json', ['0', 'application/json']],
    [false, 'application/x+json', ['false', 'application/x+json']],
    [null, 'application/json', ['null', 'application/json']],
    ['text', 'application/json', ['"text"', 'application/json']],
    ['text', 'text/plain', ['text', 'text/plain']],
    ['', 'text/plain', ['', 'text/plain']],
    [Uint8Array.of(0x78), 'text/plain', ['x', 'text/plain']],
    [Uint8Array.of(0x78).buffer, undefined, ['x', undefined]],
    [Buffer.from('x'), undefined, ['x', undefined]],
  ])('data %j of %s are %j', (data, datacontenttype, [expected, type]) => {
    const back = fromSdk({ ...REQUIRED, data, ...(datacontenttype === undefined ? {} : { datacontenttype }) });
    expect(text(back.data)).toBe(expected);
    expect(back.attributes.get('datacontenttype')).toBe(type);
  });

  test.each([
    [{ ext: {} }, 'attribute-invalid'],
    [{ ext: [1] }, 'attribute-invalid'],
    [{ ext: 2 ** 31 }, 'attribute-invalid'],
    [{ ext: () => 1 }, 'attribute-invalid'],
    [{ ext: new Date(Number.NaN) }, 'attribute-invalid'],
    [{ Ext: 'x' }, 'attribute-invalid'],
    [{ specversion: '0.3' }, 'specversion-unsupported'],
    [{ datacontenttype: 'text/plain', data: { a: 1 } }, 'data-invalid'],
    [{ datacontenttype: 'text/plain', data: '\ud800' }, 'data-invalid'],
    [{ data: () => 1 }, 'data-invalid'],
    [{ data_base64: '!' }, 'data-invalid'],
  ])('%j is refused: %s', (members, code) => {
    expect(refusal(() => fromSdk({ ...REQUIRED, ...members }))).toMatchObject({ code });
  });

  test('data that JSON has no way to write are refused', () => {
    expect(refusal(() => fromSdk({ ...REQUIRED, data: 1n }))).toMatchObject({ code: 'data-invalid', path: 'data' });
    const data: { self?: unknown } = {};
    data.self = data;
    expect(refusal(() => fromSdk({ ...REQUIRED, data }))).toMatchObject({ code: 'data-invalid', path: 'data' });
  });
});

/** The bytes, or, where the SDK holds a value of JSON, what JavaScript understands of them. */
function understood(event: CloudEvent, asValue: boolean): ReturnType<typeof plain> {
  if (!asValue || event.data === undefined) return plain(event);
  return plain({ ...event, data: bytes(JSON.stringify(JSON.parse(text(event.data) ?? ''))) });
}

test('there and back an event keeps its attributes and, where JSON is not rewritten, its bytes', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const sdk = toSdk(event);
      const asValue = sdk.data_base64 === undefined && /json/i.test(sdk.datacontenttype ?? '');
      expect(understood(fromSdk(sdk), asValue)).toEqual(understood(event, asValue));
    }),
  );
});

test('the SDK is loaded when it is asked for, and not before', () => {
  const script = `
    const { createRequire } = await import('node:module');
    const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('cloudevents'));
    const { loadSdk } = await import('./events/sdk.ts');
    const before = loaded();
    await loadSdk();
    console.log(before, loaded());`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(printed.trim()).toBe('false true');
});
