import { expect, describe, test } from 'vitest';
import { dockerRegistry } from '../../../sources/webhooks/docker-registry.ts';
import { attributes, config, dataText, eventsOf, posted, read } from './posted.ts';

const TYPE = { 'Content-Type': 'application/vnd.docker.distribution.events.v2+json' };
// As distribution's documentation shows it, with a size that no number of JavaScript holds.
const PUSH = `{
         "id": "320678d8-ca14-430f-8bb6-4ca139cd83f7",
         "timestamp": "2016-03-09T14:44:26.402973972-08:00",
         "action": "push",
         "target": {
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "size": 9007199254740993,
            "digest": "sha256:fea8895f450959fa676bcc1df0611ea93823a735a01205fd8622846041d0c7cf",
            "repository": "library/test",
            "url": "http://example.com/v2/library/test/manifests/sha256:fea8895f450959fa676bcc1df0611ea93823a735a01205fd8622846041d0c7cf"
         },
         "request": { "id": "6df24a34", "host": "192.168.64.11:42961", "method": "PUT" },
         "actor": {},
         "source": { "addr": "xtal.local:10145", "instanceID": "a53db899" }
      }`;
const PULL =
  '{"id":"2","action":"pull","timestamp":"2016-03-09T14:44:26Z","target":{"repository":"library/test","tag":"latest"}}';

describe('an envelope of the registry [distribution, Notifications]', () => {
  const both = posted(`{"events": [${PUSH},\n${PULL}]}`, TYPE);

  test('each event of it is one, with its own bytes', () => {
    const events = eventsOf(dockerRegistry, both);
    expect(events.map(dataText)).toEqual([PUSH, PULL]);
    expect(attributes(events[0])).toEqual({
      id: '320678d8-ca14-430f-8bb6-4ca139cd83f7',
      type: 'com.docker-registry.push',
      source: 'http://example.com/v2/library/test',
      subject: 'sha256:fea8895f450959fa676bcc1df0611ea93823a735a01205fd8622846041d0c7cf',
      time: '2016-03-09T14:44:26.402973972-08:00',
      datacontenttype: 'application/json',
      repository: 'library/test',
      mediatype: 'application/vnd.docker.distribution.manifest.v2+json',
    });
    expect(attributes(events[1])).toMatchObject({
      type: 'com.docker-registry.pull',
      source: '/v2/library/test',
      subject: 'latest',
    });
  });

  test('spec.eventTypes means their actions', () => {
    expect(read(dockerRegistry, both).happenings.map(({ name }) => name)).toEqual(['push', 'pull']);
  });

  test('without the URL of the target the host of the request tells the registry', () => {
    const event = {
      id: '1',
      action: 'delete',
      target: { repository: 'a/b' },
      request: { host: 'registry.example:5000' },
    };
    const [made] = eventsOf(dockerRegistry, posted({ events: [event] }, TYPE));
    expect(attributes(made)).toMatchObject({ source: '//registry.example:5000/v2/a/b' });
  });

  test('one that cannot be read is a dead letter, and the others are events: what is refused is sent again for ever', () => {
    const events = eventsOf(dockerRegistry, posted(`{"events":[{"id":"1"},${PULL}]}`, TYPE), { eventTypes: ['pull'] });
    expect(events.map((event) => attributes(event)['type'])).toEqual([
      'dev.weir.source.deadletter',
      'com.docker-registry.pull',
    ]);
    expect(dataText(events[0])).toBe('{"id":"1"}');
  });

  test.each(['not JSON', '[]', '{"events":{}}'])('a body that is no envelope is a dead letter: %s', (body) => {
    const [made] = eventsOf(dockerRegistry, posted(body, TYPE));
    expect(attributes(made)).toMatchObject({ type: 'dev.weir.source.deadletter' });
    expect(dataText(made)).toBe(body);
  });

  test('an empty envelope is nothing', () => {
    expect(eventsOf(dockerRegistry, posted({ events: [] }, TYPE))).toEqual([]);
  });
});

test('a push of Docker Hub [Docker Hub, Webhooks]', () => {
  const payload = {
    callback_url:
      'https://registry.hub.docker.com/u/svendowideit/testhook/hook/2141b5bi5i5b02bec211i4eeih0242eg11000a/',
    push_data: { pushed_at: 1417566161, pusher: 'trustedbuilder', tag: 'latest' },
    repository: {
      repo_name: 'svendowideit/testhook',
      repo_url: 'https://registry.hub.docker.com/u/svendowideit/testhook/',
    },
  };
  const [made] = eventsOf(dockerRegistry, posted(payload));
  expect(attributes(made)).toEqual({
    id: expect.stringMatching(/^[\da-f]{64}$/),
    type: 'com.docker-registry.push',
    source: 'https://registry.hub.docker.com/u/svendowideit/testhook/',
    subject: 'latest',
    time: '2014-12-03T00:22:41.000Z',
    datacontenttype: 'application/json',
    repository: 'svendowideit/testhook',
  });
  expect(dataText(made)).toBe(JSON.stringify(payload));
});

test('a registry logs in with its header, Docker Hub with a token in the address', () => {
  const secured = config(dockerRegistry, ['token'], { authentication: 'bearer' });
  expect(dockerRegistry.verify(posted({}, { Authorization: 'Bearer token' }), secured)).toBeUndefined();
  expect(
    dockerRegistry.verify(posted({}, {}, '/-/sources/default/webhooksource/it?access_token=token'), secured),
  ).toBeUndefined();
  expect(dockerRegistry.verify(posted({}), secured)).toMatchObject({ status: 401 });
});
