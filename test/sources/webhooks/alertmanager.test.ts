import { describe, expect, test } from 'vitest';
import { alertmanager } from '../../../sources/webhooks/alertmanager.ts';
import { attributes, config, dataText, eventsOf, posted, read } from './posted.ts';

const FIRING = {
  status: 'firing',
  labels: { alertname: 'HighLatency', instance: 'a' },
  annotations: { summary: 'slow' },
  startsAt: '2026-01-01T10:00:00.123Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus:9090/graph',
  fingerprint: 'c9b4f1c5b2f3a6d7',
};
const RESOLVED = { ...FIRING, status: 'resolved', endsAt: '2026-01-01T10:05:00Z', fingerprint: '0a1b2c3d4e5f6071' };
const GROUP = {
  version: '4',
  groupKey: '{}:{alertname="HighLatency"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'weir',
  groupLabels: { alertname: 'HighLatency' },
  externalURL: 'http://alertmanager.example:9093',
  alerts: [FIRING, RESOLVED],
};

describe('a group [Alertmanager webhook_config version 4]', () => {
  test('each alert of it is one event, with its own bytes', () => {
    const events = eventsOf(alertmanager, posted(GROUP));
    expect(events.map(dataText)).toEqual([JSON.stringify(FIRING), JSON.stringify(RESOLVED)]);
    expect(attributes(events[0])).toEqual({
      id: 'c9b4f1c5b2f3a6d7/2026-01-01T10:00:00.123Z/firing',
      type: 'com.alertmanager.firing',
      source: 'http://alertmanager.example:9093',
      subject: 'HighLatency',
      time: '2026-01-01T10:00:00.123Z',
      datacontenttype: 'application/json',
      receiver: 'weir',
      groupkey: '{}:{alertname="HighLatency"}',
    });
    expect(attributes(events[1])).toMatchObject({
      id: '0a1b2c3d4e5f6071/2026-01-01T10:00:00.123Z/resolved',
      type: 'com.alertmanager.resolved',
      time: '2026-01-01T10:05:00Z',
    });
  });

  test('spec.eventTypes means their statuses', () => {
    expect(read(alertmanager, posted(GROUP)).happenings.map(({ name }) => name)).toEqual(['firing', 'resolved']);
  });

  test('an alert that is notified again, in a group that changed, is the same event', () => {
    const again = { ...GROUP, status: 'resolved', alerts: [FIRING] };
    const [first, second] = [GROUP, again].map((group) => attributes(eventsOf(alertmanager, posted(group))[0])['id']);
    expect(first).toBe(second);
  });

  test('that it fires anew is another event', () => {
    const anew = { ...GROUP, alerts: [{ ...FIRING, startsAt: '2026-01-02T10:00:00Z' }] };
    expect(attributes(eventsOf(alertmanager, posted(anew))[0])['id']).not.toBe(
      `${FIRING.fingerprint}/${FIRING.startsAt}/firing`,
    );
  });

  test('an alert without a fingerprint is told by its labels', () => {
    const { fingerprint: _none, ...old } = FIRING;
    const idOf = (alert: object): unknown =>
      attributes(eventsOf(alertmanager, posted({ ...GROUP, alerts: [alert] }))[0])['id'];
    expect(idOf(old)).toBe(idOf({ ...old, annotations: {} }));
    expect(idOf(old)).not.toBe(idOf({ ...old, labels: { alertname: 'Other' } }));
  });

  test('what max_alerts cut off is told of by a dead letter, whatever is asked for', () => {
    const { happenings } = read(alertmanager, posted({ ...GROUP, truncatedAlerts: 3 }), { eventTypes: ['resolved'] });
    expect(happenings).toHaveLength(3);
    expect(happenings[2]?.name).toBe('resolved');
    expect(attributes(happenings[2]?.event)).toMatchObject({
      type: 'dev.weir.source.deadletter',
      deadletterreason: '3 alerts of this group were cut off by max_alerts of the receiver; raise it',
    });
  });

  test('an alert that cannot be read is a dead letter, and the others are events', () => {
    const events = eventsOf(alertmanager, posted({ ...GROUP, alerts: [{ labels: {} }, FIRING] }));
    expect(events.map((event) => attributes(event)['type'])).toEqual([
      'dev.weir.source.deadletter',
      'com.alertmanager.firing',
    ]);
  });

  test('what is no group is refused', () => {
    expect(alertmanager.read(posted({ status: 'firing' }), config(alertmanager))).toMatchObject({ status: 400 });
  });
});

test.each([
  ['bearer', 'token', `Bearer token`],
  ['basic', 'user:password', `Basic ${Buffer.from('user:password').toString('base64')}`],
] as const)('http_config with %s is genuine', (authentication, secret, header) => {
  const secured = config(alertmanager, [secret], { authentication });
  expect(alertmanager.verify(posted({}, { Authorization: header }), secured)).toBeUndefined();
  expect(alertmanager.verify(posted({}, { Authorization: `${header}x` }), secured)).toMatchObject({ status: 401 });
});
