import { describe, expect, test } from 'vitest';
import { rabbitmqAddress } from '../../../clients/rabbitmq/address.ts';
import { rabbitmqFailure } from '../../../clients/rabbitmq/failure.ts';
import type { RabbitmqMessage } from '../../../clients/rabbitmq/message.ts';
import { messageName, rabbitmqEvents } from '../../../sources/rabbitmq/event.ts';
import { RefusedError } from '../../../events/errors.ts';

const SOURCE = '/apis/v1/namespaces/default/rabbitmqsources/it#q';

function message(more: Partial<RabbitmqMessage> = {}): RabbitmqMessage {
  return { exchange: 'ex', routingKey: '', headers: {}, body: Buffer.from('hello'), ...more };
}

function attributes(more: Partial<RabbitmqMessage>): object {
  const [event] = rabbitmqEvents(message(more), SOURCE);
  return Object.fromEntries(event?.attributes ?? []);
}

describe('a plain message', () => {
  test('is wrapped, its id as id and subject [RabbitmqSource]', () => {
    expect(attributes({ messageId: 'm1', timestamp: 1769850000, contentType: 'text/plain' })).toEqual({
      specversion: '1.0',
      id: 'm1',
      source: SOURCE,
      type: 'dev.knative.rabbitmq.event',
      subject: 'm1',
      time: '2026-01-31T09:00:00Z',
      datacontenttype: 'text/plain',
    });
  });

  test('has its bytes as data', () => {
    expect(rabbitmqEvents(message(), SOURCE)[0]?.data).toEqual(Buffer.from('hello'));
  });

  test('without an id is named by what its sender gave it: the same at each delivery', () => {
    const again = message({ headers: { 'x-delivery-count': 2 } });
    expect(messageName(message())).toBe(messageName(again));
    expect(attributes({})).toMatchObject({ id: messageName(message()) });
  });

  test.each([
    ['its body', { body: Buffer.from('hallo') }],
    ['its time', { timestamp: 1 }],
    ['its headers', { headers: { a: 1 } }],
    ['its exchange', { exchange: 'other' }],
    ['its routing key', { routingKey: 'k' }],
    ['its content type', { contentType: 'text/plain' }],
  ])('has another name if %s differs', (_what, more) => {
    expect(messageName(message(more))).not.toBe(messageName(message()));
  });

  test('has the time of a timestamp in milliseconds where seconds belong', () => {
    expect(attributes({ timestamp: 1769850000500 })).toMatchObject({ time: '2026-01-31T09:00:00.500Z' });
  });

  test.each([
    ['a content type that is none', { contentType: 'json' }],
    ['a time of no year', { timestamp: 1e300 }],
  ])('is wrapped without %s', (_what, more) => {
    expect(Object.keys(attributes(more))).toEqual(['specversion', 'id', 'source', 'type', 'subject']);
  });

  test('whose id no event can have is refused', () => {
    expect(() => attributes({ messageId: 'a\nb' })).toThrow(RefusedError);
  });
});

describe('a connection secret', () => {
  const LOGIN = { username: 'u', password: 'S3NTINEL' };
  const read = (values: Readonly<Record<string, string>>) =>
    rabbitmqAddress(new Map(Object.entries({ ...LOGIN, ...values }).map(([key, value]) => [`s/${key}`, value])), {
      secret: 's',
      vhost: '/v',
    });

  test.each([
    [{ uri: 'rabbit.default.svc' }, 'rabbit.default.svc', 5672, false],
    [{ uri: 'rabbit.default.svc', port: '5673' }, 'rabbit.default.svc', 5673, false],
    [{ uri: 'amqp://rabbit:1234/' }, 'rabbit', 1234, false],
    [{ uri: 'amqps://rabbit' }, 'rabbit', 5671, true],
    [{ uri: 'https://rabbit:15671' }, 'rabbit', 5671, true],
    [{ uri: 'http://rabbit:15672' }, 'rabbit', 5672, false],
    [{ host: 'rabbit', port: '5672\n' }, 'rabbit', 5672, false],
    [{ uri: '[::1]:7' }, '::1', 7, false],
  ])('of %j is %s:%d', (...[values, host, port, tls]) => {
    const address = read(values);
    expect({ ...address, tls: address.tls !== undefined }).toMatchObject({
      host,
      port,
      tls,
      vhost: '/v',
      username: 'u',
    });
  });

  test('may hold certificates', () => {
    const { tls } = read({ uri: 'amqps://r', 'ca.crt': 'CA', 'tls.crt': 'C', 'tls.key': 'K' });
    expect(tls).toEqual({ ca: 'CA', cert: 'C', key: 'K' });
  });

  test.each([
    [{}, 'secret-missing', 'has no uri'],
    [{ uri: 'x', username: '' }, 'secret-missing', 'has no username'],
    [{ uri: 'http://' }, 'resource-invalid', 'has a uri that is none'],
    [{ uri: 'ftp://S3NTINEL' }, 'resource-invalid', 'has a uri of another protocol'],
    [{ uri: 'r', port: 'S3NTINEL' }, 'resource-invalid', 'has a port that is none'],
  ])('of %j is refused without its values', (...[values, code, text]) => {
    const failure: unknown = (() => {
      try {
        return read(values);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ code, message: expect.stringContaining(`Secret s: ${text}`) });
    expect(String(failure)).not.toContain('S3NTINEL');
  });
});

describe('what went wrong at a RabbitMQ', () => {
  const address = { secret: 's', host: 'h', port: 1, vhost: '/v' };
  test.each([
    [
      `Operation failed: QueueDeclare; 404 (NOT-FOUND) with message "NOT_FOUND - no queue 'q' in vhost '/'"`,
      `NOT_FOUND - no queue 'q' in vhost '/'; declare it, or correct its name`,
    ],
    [
      `Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - inequivalent arg 'x'"`,
      `PRECONDITION_FAILED - inequivalent arg 'x'; write what is there already, name another, or set predeclared`,
    ],
    [
      `Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms."`,
      'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms; it is delivered again',
    ],
    ['Expected ConnectionOpenOk; got <ConnectionClose channel:0>', 'it does not open vhost "/v": there is none,'],
    ['read\nECONNRESET', 'read ECONNRESET; it is tried again'],
  ])('%s is said so that people know what to do', (message, said) => {
    const failure = rabbitmqFailure(new Error(message), { address, code: 'source-unavailable' });
    expect(failure.message).toContain(`RabbitMQ at h:1 (Secret s): ${said}`);
  });

  test('that no address of a name answered is said by its code', () => {
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(rabbitmqFailure(error, { address, code: 'source-unavailable' }).message).toContain(': ECONNREFUSED;');
  });
});
