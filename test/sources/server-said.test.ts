import { describe, expect, test } from 'vitest';
import { natsSaid } from '../../sources/nats/link.ts';
import { postgresSaid } from '../../sources/postgres/link.ts';
import { redisSaid } from '../../sources/redis/link.ts';

function said(message: string, facts: object): Error {
  return Object.assign(new Error(message), facts);
}

describe('what a server says is told with where, and what to do', () => {
  const redis = { host: 'r', port: 6379, db: 0 };
  test.each([
    ['NOAUTH Authentication required.', 'NOAUTH Authentication required; name its password in `password`'],
    [
      'WRONGPASS invalid username-password pair or user is disabled.',
      'WRONGPASS invalid username-password pair or user is disabled; check username and password',
    ],
    [
      'WRONGTYPE Operation against a key holding the wrong kind of value',
      'WRONGTYPE Operation against a key holding the wrong kind of value; name a stream, or a key that is not there yet',
    ],
    ['LOADING Redis is loading', 'LOADING Redis is loading'],
  ])('Redis: %s', (message, told) => {
    expect(redisSaid(said(message, { name: 'ReplyError' }), redis)).toMatchObject({
      code: 'source-unavailable',
      message: `redis at r:6379: ${told}`,
    });
  });

  const postgres = { host: 'p', port: 5432, database: 'd', user: 'u', password: undefined, ssl: false as const };
  test.each([
    ['42P01', 'relation "public.orders" does not exist', 'create the table, or correct its name'],
    ['3D000', 'database "shop" does not exist', 'create the database, or correct its name'],
    ['28P01', 'password authentication failed for user "u"', 'check user and password'],
    ['28000', 'role "u" does not exist', 'check user and password'],
  ])('PostgreSQL: %s', (code, message, advice) => {
    expect(postgresSaid(said(message, { severity: 'ERROR', code }), postgres)).toMatchObject({
      code: 'source-unavailable',
      message: `postgres at p:5432: ${message}; ${advice}`,
    });
  });

  const nats = { servers: ['nats://n:4222'], login: {}, tls: undefined };
  test('NATS: a stream that is not there', () => {
    expect(natsSaid(said('stream not found', { code: 10_059 }), nats)).toMatchObject({
      code: 'source-unavailable',
      message: 'nats at nats://n:4222: stream not found; create the stream, or correct its name',
    });
  });

  test('any other error stays as it is', () => {
    const ours = said('the disk is gone', { code: 'ENOSPC' });
    expect([redisSaid(ours, redis), postgresSaid(ours, postgres), natsSaid(ours, nats)]).toEqual([ours, ours, ours]);
  });
});
