import type { ConsumerConfig } from '@nats-io/jetstream';
import { describe, expect, test } from 'vitest';
import { changed, created } from '../../../sources/nats/consumer.ts';
import { natsEvent } from '../../../sources/nats/event.ts';
import type { NatsMessage } from '../../../sources/nats/link.ts';
import { instance } from '../source-world.ts';

const IT = instance('NatsJetStreamSource', {});

function message(headers: readonly (readonly [string, string])[], text = 'x', subject = 'orders.new'): NatsMessage {
  const time = '2026-01-31T09:00:00.123Z';
  return { stream: 'ORDERS', sequence: 7, subject, time, data: Buffer.from(text), headers: () => headers };
}

describe('the event of a message', () => {
  test('that carries one is that one', () => {
    const headers = Object.entries({ 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't' });
    expect(Object.fromEntries(natsEvent(message(headers), IT).attributes)).toEqual({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
    });
  });

  test('that carries none wraps it, headers included', () => {
    const headers = [
      ['Nats-Msg-Id', '9'],
      ['Content-Type', 'text/plain'],
      ['X', 'a\tb'],
      ['x', 'again'],
    ] as const;
    const event = natsEvent(message(headers), IT);
    expect(Object.fromEntries(event.attributes)).toEqual({
      specversion: '1.0',
      type: 'dev.weir.nats.message',
      source: 'ORDERS',
      id: 'ORDERS/7',
      subject: 'orders.new',
      time: '2026-01-31T09:00:00.123Z',
      datacontenttype: 'text/plain',
      natsheadernatsmsgid: '9',
      natsheaderx: 'a\uFFFDb',
    });
    expect(Buffer.from(event.data ?? []).toString()).toBe('x');
  });

  test('without payload has no data', () => {
    expect(natsEvent(message([], ''), IT).data).toBeUndefined();
  });

  test.each([
    ['announces an event and is none', message([['content-type', 'application/cloudevents+json']], '{')],
    ['lacks an attribute', message([['ce-id', '1']])],
    [
      'has headers that the client cannot read',
      {
        ...message([]),
        headers: () => {
          throw new Error('bad header');
        },
      },
    ],
  ])('that %s is a dead letter with its bytes', (_name, bad) => {
    const event = natsEvent(bad, IT);
    expect(event.attributes.get('type')).toBe('dev.weir.source.deadletter');
    expect(event.attributes.get('id')).toBe('ORDERS/7');
    expect(event.data).toEqual(bad.data);
  });
});

describe('the consumer', () => {
  test('that is created never gives up on a message', () => {
    expect(created({ stream: 's' }, undefined)).toEqual({
      ack_policy: 'explicit',
      max_deliver: -1,
      ack_wait: 30e9,
      max_ack_pending: 1000,
      deliver_policy: 'all',
    });
  });

  test('is what the spec says', () => {
    const spec = {
      stream: 's',
      filterSubjects: ['a', 'b.>'],
      deliverPolicy: 'byStartTime',
      startTime: '2026-01-01T00:00:00Z',
      ackWait: 'PT5S',
      maxAckPending: 7,
    } as const;
    expect(created(spec, undefined)).toMatchObject({
      filter_subjects: ['a', 'b.>'],
      deliver_policy: 'by_start_time',
      opt_start_time: '2026-01-01T00:00:00Z',
      ack_wait: 5e9,
      max_ack_pending: 7,
    });
  });

  test('that the server lost begins behind what was settled, wherever it was to begin at first', () => {
    expect(created({ stream: 's', deliverPolicy: 'new' }, 41)).toMatchObject({
      deliver_policy: 'by_start_sequence',
      opt_start_seq: 42,
    });
  });

  const found: ConsumerConfig = {
    ack_policy: 'explicit',
    deliver_policy: 'all',
    replay_policy: 'instant',
    max_deliver: -1,
    ack_wait: 30e9,
    filter_subject: 'a',
  };

  test('that is as it should be is left alone', () => {
    expect(changed(found, { stream: 's' })).toBeUndefined();
    expect(changed(found, { stream: 's', ackWait: 'PT30S', filterSubjects: ['a'] })).toBeUndefined();
  });

  test('that differs is changed where the spec says something, and in its limit of deliveries', () => {
    const limited = { ...found, max_deliver: 3, max_ack_pending: 5 };
    expect(changed(limited, { stream: 's' })).toEqual({ max_deliver: -1 });
    expect(changed(found, { stream: 's', filterSubjects: ['a', 'b'] })).toEqual({
      filter_subject: '',
      filter_subjects: ['a', 'b'],
    });
  });
});
