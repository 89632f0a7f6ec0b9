import { describe, expect, test } from 'vitest';
import { decodeHttp } from '../../events/http/decode.ts';
import type { Message } from '../../triggers/http.ts';
import { requestsTo, type Receiver } from '../../triggers/request.ts';
import { entry, event } from './world.ts';

function requests(receiver: Partial<Receiver> = {}): ReturnType<typeof requestsTo> {
  return requestsTo({
    format: 'binary',
    timeoutMs: 1000,
    broker: false,
    headers: ['kn-namespace', 'default'],
    ...receiver,
  });
}

function pairs(message: Message): [string, string][] {
  return message.headers.flatMap((part, i) =>
    i % 2 === 0 ? [[part, message.headers[i + 1] ?? ''] as [string, string]] : [],
  );
}

describe('in binary mode', () => {
  test('attributes are headers in their order, then what Weir adds', () => {
    expect(pairs(requests()(entry(event({ n: 5, word: 'a b' }))))).toEqual([
      ['ce-specversion', '1.0'],
      ['ce-id', '7'],
      ['ce-source', '/shop'],
      ['ce-type', 'order.paid'],
      ['content-type', 'application/json'],
      ['ce-n', '5'],
      ['ce-word', 'a%20b'],
      ['ce-knativearrivaltime', '2026-05-01T10:00:00.120Z'],
      ['kn-namespace', 'default'],
    ]);
  });

  test('the data are the very bytes', () => {
    const data = Buffer.from([0, 255, 10]);
    expect(requests()(entry(event({}, data))).body).toBe(data);
    expect(requests()(entry(event({}, null))).body).toBeUndefined();
  });

  test('the trace context goes with it [W3C Trace Context]', () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(pairs(requests()(entry(event(), { trace })))).toContainEqual(['traceparent', trace]);
  });

  test('an arrival time that came with the event is replaced, not sent twice', () => {
    const sent = pairs(requests()(entry(event({ knativearrivaltime: '2001-01-01T00:00:00Z' }))));
    expect(sent.filter(([name]) => name === 'ce-knativearrivaltime')).toEqual([
      ['ce-knativearrivaltime', '2026-05-01T10:00:00.120Z'],
    ]);
  });

  test('arrival times of different entries are not mixed up', () => {
    const request = requests();
    const times = [1, 1, 2, 1].map(
      (receivedAtMs) =>
        pairs(request(entry(event(), { receivedAtMs }))).find(([name]) => name === 'ce-knativearrivaltime')?.[1],
    );
    expect(times).toEqual([
      '1970-01-01T00:00:00.001Z',
      '1970-01-01T00:00:00.001Z',
      '1970-01-01T00:00:00.002Z',
      '1970-01-01T00:00:00.001Z',
    ]);
  });
});

describe('the hop count', () => {
  const hops = (receiver: Partial<Receiver>, attributes = {}): string[] =>
    pairs(requests(receiver)(entry(event(attributes), { hops: 9 }))).flatMap(([name, value]) =>
      name === 'ce-knativebrokerttl' ? [value] : [],
    );

  test('does not reach a subscriber, whatever came', () => {
    expect(hops({})).toEqual([]);
    expect(hops({}, { knativebrokerttl: 200 })).toEqual([]);
  });

  test('reaches a broker as it stands here', () => {
    expect(hops({ broker: true })).toEqual(['9']);
    expect(hops({ broker: true }, { knativebrokerttl: 200 })).toEqual(['9']);
  });
});

test('in structured mode the event, with what Weir adds, is the body', () => {
  const { headers, body } = requests({ format: 'json' })(entry(event({ knativebrokerttl: 3 })));
  const decoded = decodeHttp({ rawHeaders: headers, body: body ?? new Uint8Array(0) });
  expect(decoded.kind === 'event' && Object.fromEntries(decoded.event.attributes)).toEqual({
    ...Object.fromEntries(event().attributes),
    knativearrivaltime: '2026-05-01T10:00:00.120Z',
  });
  expect(headers).toEqual(
    expect.arrayContaining(['content-type', 'application/cloudevents+json', 'kn-namespace', 'default']),
  );
});

test('the event itself is not changed', () => {
  const one = event({ knativebrokerttl: 3 });
  const before = [...one.attributes];
  requests({ format: 'json' })(entry(one), { knativeerrorcode: 500 });
  expect([...one.attributes]).toEqual(before);
});
