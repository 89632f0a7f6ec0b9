import { httpPollKind } from '../../../sources/http-poll/kind.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { PollServer, withEtag } from './poll-server.ts';
import { instance } from '../source-world.ts';

const TOKEN = 'the-api-token';

/** A list that grows, asked whole each time, or from a cursor on. */
function subject(spec: object, page: (items: readonly string[], after: number) => string): void {
  sourceSuite(`HttpPollSource ${'cursor' in spec ? 'with' : 'without'} a cursor`, async () => {
    const items: string[] = [];
    const server = new PollServer((url, headers) =>
      headers.authorization === `Bearer ${TOKEN}`
        ? withEtag(page(items, Number(url.searchParams.get('after') ?? 0)), headers)
        : { status: 401 },
    );
    await server.start();
    const full = {
      sink: { uri: 'http://sink.example' },
      url: server.url,
      interval: 'PT1S',
      items: '/items',
      headers: [
        { name: 'Authorization', prefix: 'Bearer ', valueFrom: { secretKeyRef: { name: 'api', key: 'token' } } },
      ],
      ...spec,
    };
    return {
      kind: httpPollKind,
      instance: instance('HttpPollSource', full, { secrets: new Map([['api/token', TOKEN]]) }),
      clock: 'real',
      position: 'kept',
      server,
      happen: async (_world, count) => {
        for (let i = 0; i < count; i += 1) items.push(`{"id": ${items.length + 1}}`);
      },
      unreadable: async () => void items.push('{"name": "without an id"}'),
      wrong: { spec: { ...full, interval: 'PT0.5S' }, path: 'spec.interval' },
      end: () => server.kill(),
    };
  });
}

subject({ id: '{body:/id}' }, (items) => `{"items": [${items.join()}]}`);
subject({ id: '{body:/id}', cursor: { answer: '/next', parameter: 'after' } }, (items, after) => {
  const some = items.slice(after, after + 3);
  return `{"items": [${some.join()}], "next": ${after + some.length}}`;
});
