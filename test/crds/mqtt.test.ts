import { describe, expect, test } from 'vitest';
import { mqttEventSource } from '../../crds/mqtt-source.ts';
import { refusals, specOf } from './document.ts';

const FIELDS: Readonly<Record<string, string>> = {
  sink: 'sink: {uri: "http://sink.example/"}',
  url: 'url: mqtt://broker:1883',
  topics: 'topics: [{filter: "sensors/#"}]',
};

function source(spec = ''): string {
  const given = Object.entries(FIELDS).filter(([name]) => !new RegExp(`^${name}:`, 'm').test(spec));
  const lines = [...given.map(([, line]) => line), ...spec.split('\n')].map((line) => `  ${line}`).join('\n');
  return `apiVersion: sources.weir.dev/v1alpha1\nkind: MQTTSource\nmetadata: {name: it}\nspec:\n${lines}`;
}

const REF = '{secretKeyRef: {name: s, key: k}}';

describe('an MQTTSource', () => {
  test('speaks MQTT 5, at least once, in a session of a week unless told otherwise', () => {
    expect(specOf(source())).toMatchObject({
      topics: [{ filter: 'sensors/#', qos: 1 }],
      protocolVersion: 5,
      keepalive: 60,
      sessionExpiry: 'P7D',
      receiveMaximum: 500,
    });
  });

  test.each([
    ['topics: []', 'spec.topics: '],
    ['topics: [{filter: ""}]', 'spec.topics[0].filter: is empty; write a topic such as sensors/kitchen'],
    ['topics: [{filter: "bad/#/x"}]', 'spec.topics[0].filter: has a # that is not its last level; write # alone'],
    ['topics: [{filter: "a#"}]', 'spec.topics[0].filter: has a # that is not its last level'],
    ['topics: [{filter: "a/b+"}]', 'spec.topics[0].filter: has a + beside other characters; write + alone'],
    ['topics: [{filter: "a\\tb"}]', 'spec.topics[0].filter: holds a control character'],
    ['topics: [{filter: $share/g}]', 'spec.topics[0].filter: shares nothing; write $share/<group>/<filter>'],
    ['topics: [{filter: $share//a}]', 'spec.topics[0].filter: shares nothing'],
    ['topics: [{filter: $share/g+/a}]', 'spec.topics[0].filter: shares nothing'],
    ['topics: [{filter: $share/g/a#}]', 'spec.topics[0].filter: has a # that is not its last level'],
    ['topics: [{filter: a, qos: 2}]', 'spec.topics[0].qos: is 2; write 1, at least once, or 0, at most once'],
    ['topics: [{filter: a}, {filter: b}, {filter: a}]', 'spec.topics[2].filter: is "a" again; write each filter once'],
    ['url: http://broker', 'spec.url: is no address of an MQTT server; write mqtt://host:1883'],
    [
      'url: "mqtt://u:S3NTINEL@broker"',
      'spec.url: holds a user or a password, which status and logs would show; name them',
    ],
    ['url: mqtt://broker/topic', 'spec.url: has a path; topics are named in topics'],
    ['protocolVersion: 3', 'spec.protocolVersion: is 3'],
    ['clientId: ""', 'spec.clientId: is empty;'],
    ['sessionExpiry: PT0S', 'spec.sessionExpiry: is "PT0S"; write at least PT1S: without a session'],
    ['keepalive: 5', 'spec.keepalive: is 5'],
    [`tls: {caCert: ${REF}}`, 'spec.tls: stands beside a url without TLS; write mqtts:// or wss://'],
    [`url: mqtts://b\ntls: {cert: ${REF}}`, 'spec.tls: has one of cert and key; a certificate needs its key'],
    [`password: ${REF}`, 'spec.username: is missing; a password needs a user name'],
    ['password: S3NTINEL', 'spec.password: '],
  ])('%s is refused, and no secret quoted', (spec, refusal) => {
    const said = refusals(source(spec)).join('\n');
    expect(said).toContain(refusal);
    if (spec.startsWith('url')) expect(said).not.toContain('S3NTINEL');
  });

  test.each([
    'topics: [{filter: "#"}, {filter: "+/a/+", qos: 0}, {filter: "$share/g/+/#"}, {filter: "/a//b"}]',
    'url: wss://broker/mqtt?token=1',
    `url: mqtts://broker:8883\ntls: {caCert: ${REF}, cert: ${REF}, key: ${REF}}\nusername: ${REF}\npassword: ${REF}`,
    'protocolVersion: 4\nclientId: gate-1\nkeepalive: 30\nsessionExpiry: PT1H\nreceiveMaximum: 20',
  ])('%s is accepted', (spec) => {
    expect(refusals(source(spec))).toEqual([]);
  });

  test.each([
    ['mqtt://broker:1883', 'mqtt://broker:1883'],
    ['mqtts://broker/', 'mqtts://broker'],
    ['wss://broker/mqtt?token=1', 'wss://broker/mqtt'],
  ])('at %s is the source %s', (url, expected) => {
    expect(mqttEventSource(url)).toBe(expected);
  });
});
