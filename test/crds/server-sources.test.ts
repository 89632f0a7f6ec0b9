import { describe, expect, test } from 'vitest';
import { postgresUri, tableOf } from '../../crds/postgres-source.ts';
import { refusals, specOf } from './document.ts';

function document(
  apiVersion: string,
  kind: string,
  fields: Readonly<Record<string, string>>,
): (spec?: string) => string {
  return (spec = '') => {
    const given = Object.entries(fields).filter(([name]) => !new RegExp(`^${name}:`, 'm').test(spec));
    const lines = ['sink: {uri: "http://sink.example/"}', ...given.map(([name, value]) => `${name}: ${value}`), spec];
    const body = lines.join('\n').replaceAll(/^/gm, '  ');
    return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: it}\nspec:\n${body}`;
  };
}

const redis = document('sources.knative.dev/v1alpha1', 'RedisStreamSource', { address: 'redis://h:6379', stream: 's' });
const nats = document('sources.weir.dev/v1alpha1', 'NatsJetStreamSource', {
  servers: '["nats://h:4222"]',
  stream: 'S',
});
const postgres = document('sources.weir.dev/v1alpha1', 'PostgresSource', {
  host: 'h',
  database: 'd',
  user: 'u',
  tables: '[t]',
});
const SECRET = '{secretKeyRef: {name: n, key: k}}';

describe('a RedisStreamSource', () => {
  test('has one consumer unless it says more [RedisStreamSource consumers]', () => {
    expect(specOf(redis())).toMatchObject({ consumers: 1 });
  });

  test.each([
    ['address: redis://user:hunter2@h', 'spec.address: holds a user or a password; take them out'],
    ['address: http://h', 'spec.address: is "http://h"; write redis://host:port'],
    ['address: redis://h/x', 'spec.address: is "redis://h/x"; write redis://host:port'],
    ['address: redis://h?x=1', 'spec.address: is "redis://h?x=1"; leave the part behind'],
    ['stream: ""', 'spec.stream: is empty; give it a value'],
    ['group: ""', 'spec.group: is empty; give it a value'],
    ['consumers: 65', 'spec.consumers: is 65; write a number from 1 to 64'],
    ['password: hunter2', 'spec.password: is text; write an object with fields: secretKeyRef'],
    [
      'dialOptions: {password: {name: x}}',
      'spec.dialOptions.password: is not read; name the password by spec.password',
    ],
    [`dialOptions: {cert: ${SECRET}}`, 'spec.dialOptions.key: is missing; a client certificate needs cert and key'],
    ['options: {}', 'spec.options: is no known field'],
  ])('with %s is refused', (spec, refusal) => {
    expect(refusals(redis(spec)).join('\n')).toContain(refusal);
  });

  test.each(['address: redis://user:hunter2@h', 'password: hunter2', 'dialOptions: {password: hunter2}'])(
    'with %s is refused without quoting it',
    (spec) => {
      expect(refusals(redis(spec))).toHaveLength(1);
      expect(refusals(redis(spec)).join()).not.toContain('hunter2');
    },
  );

  test.each([
    'address: rediss://[::1]:7000/2',
    `username: ${SECRET}\npassword: ${SECRET}`,
    `dialOptions: {useTLS: true, skipVerify: true, caCert: ${SECRET}, cert: ${SECRET}, key: ${SECRET}}`,
  ])('with %s is accepted', (spec) => {
    expect(refusals(redis(spec))).toEqual([]);
  });
});

describe('a NatsJetStreamSource', () => {
  test.each([
    ['servers: []', 'spec.servers: is empty; name at least one server'],
    ['servers: ["http://h"]', 'spec.servers[0]: is "http://h"; write nats://host:port'],
    ['servers: ["nats://u:hunter2@h"]', 'spec.servers[0]: holds a user or a password; take them out'],
    ['stream: a.b', 'spec.stream: is "a.b"; write a name without space'],
    ['consumer: "a b"', 'spec.consumer: is "a b"; write a name without space'],
    ['filterSubjects: ["a..b"]', 'spec.filterSubjects[0]: is "a..b"; write a subject'],
    ['filterSubjects: [">.a"]', 'spec.filterSubjects[0]: is ">.a"; write a subject'],
    ['credentials: {}', 'spec.credentials: does not name one way to log in'],
    [`credentials: {token: ${SECRET}, creds: ${SECRET}}`, 'spec.credentials: does not name one way to log in'],
    [`credentials: {user: ${SECRET}}`, 'spec.credentials.password: is missing; user and password go together'],
    ['deliverPolicy: byStartTime', 'spec.startTime: is missing; deliverPolicy byStartTime needs it'],
    ['startSequence: 3', 'spec.startSequence: has no meaning here; write deliverPolicy: byStartSequence'],
    ['deliverPolicy: byStartTime\nstartTime: yesterday', 'spec.startTime: is "yesterday"; write a time like'],
    ['ackWait: PT0S', 'spec.ackWait: is "PT0S"; write a duration of more than 0'],
    ['maxAckPending: 0', 'spec.maxAckPending: is 0; write a number of at least 1'],
  ])('with %s is refused', (spec, refusal) => {
    expect(refusals(nats(spec)).join('\n')).toContain(refusal);
  });

  test.each([
    'servers: ["tls://a:4222", "nats://b"]',
    'filterSubjects: ["orders.*.created", "orders.>", ">"]',
    'deliverPolicy: byStartSequence\nstartSequence: 7',
    `credentials: {user: ${SECRET}, password: ${SECRET}}`,
    `tls: {caCert: ${SECRET}}`,
  ])('with %s is accepted', (spec) => {
    expect(refusals(nats(spec))).toEqual([]);
  });
});

describe('a PostgresSource', () => {
  test('reads every operation on port 5432 unless it says otherwise, and checks certificates unless it is told not to', () => {
    expect(specOf(postgres('tls: {}'))).toMatchObject({
      port: 5432,
      operations: ['insert', 'update', 'delete', 'truncate'],
      tls: { mode: 'verify-full' },
    });
  });

  test.each([
    ['host: u@h', 'spec.host: is "u@h"; write a name or an address alone'],
    ['port: 70000', 'spec.port: is 70000; write a number from 1 to 65535'],
    ['user: ""', 'spec.user: is empty'],
    ['password: hunter2', 'spec.password: is text; write an object with fields: secretKeyRef'],
    [`tls: {mode: require, caCert: ${SECRET}}`, 'spec.tls.caCert: is not looked at with mode require'],
    [`tls: {key: ${SECRET}}`, 'spec.tls.cert: is missing; a client certificate needs cert and key'],
    ['slot: My-Slot', 'spec.slot: is "My-Slot"; write at most 63 lower-case letters, digits and "_"'],
    ['publication: "a,b"', 'spec.publication: is "a,b"; write the name of a publication'],
    ['tables: [a.b.c]', 'spec.tables[0]: is "a.b.c"; write schema.table'],
    ['tables: []', 'spec.tables: is empty; name at least one table'],
    ['operations: []', 'spec.operations: is empty; name some of insert, update, delete, truncate'],
    ['operations: [upsert]', 'spec.operations[0]'],
  ])('with %s is refused', (spec, refusal) => {
    expect(refusals(postgres(spec)).join('\n')).toContain(refusal);
  });

  test('without tables needs a publication', () => {
    const bare = document('sources.weir.dev/v1alpha1', 'PostgresSource', { host: 'h', database: 'd', user: 'u' });
    expect(refusals(bare()).join('\n')).toContain('spec.tables: is missing; name the tables, or a publication');
    expect(refusals(bare('publication: p'))).toEqual([]);
  });

  test.each([
    [{ host: 'h', port: 1, database: 'd' }, 'orders', 'postgres://h:1/d/public/orders'],
    [{ host: '::1', port: 1, database: 'a/b' }, 'My Shop.Ö', 'postgres://[::1]:1/a%2Fb/My%20Shop/%C3%96'],
  ])('the source of what happens at %j in %s is %s', (server, table, uri) => {
    expect(postgresUri(server, tableOf(table))).toBe(uri);
  });
});
