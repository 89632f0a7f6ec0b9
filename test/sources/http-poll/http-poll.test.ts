import { afterEach, describe, expect, test } from 'vitest';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import { nextLink } from '../../../sources/http-poll/request.ts';
import { httpPollKind } from '../../../sources/http-poll/kind.ts';
import { type OpenSource, openSource } from '../../../sources/open.ts';
import { type Answer, PollServer, withEtag } from './poll-server.ts';
import { instance, SourceWorld } from '../source-world.ts';

const KEY = 'default/httppollsource/it';
const toEnd: AsyncDisposable[] = [];

afterEach(async () => {
  for (const one of toEnd.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

interface Polling {
  readonly server: PollServer;
  readonly world: SourceWorld;
  readonly source: OpenSource;
  /** Lets the interval pass, and waits until the server was asked again. */
  readonly again: () => Promise<void>;
}

async function polling(answer: PollServer['answer'], spec: object = {}, world = new SourceWorld()): Promise<Polling> {
  const server = new PollServer(answer);
  await server.start();
  const full = { sink: { uri: 'http://sink.example' }, url: server.url, ...spec };
  const source = openSource(instance('HttpPollSource', full), world.ports, [httpPollKind]);
  toEnd.push(server, source);
  return {
    server,
    world,
    source,
    again: async () => {
      const asked = server.requests.length;
      while (world.clock.pending === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      await world.clock.advance(60_000);
      await server.asked(asked + 1);
    },
  };
}

const list = (...ids: readonly unknown[]): Answer => ({ body: JSON.stringify({ items: ids.map((id) => ({ id })) }) });
const text = (event: CloudEvent | undefined): string => new TextDecoder().decode(event?.data);
const saved = (world: SourceWorld): string => world.positions.get(KEY) ?? '';

describe('the whole answer', () => {
  test('is an event whenever it changed, also back to what it was', async () => {
    let body = 'one';
    const { world, again } = await polling((_url, headers) => ({ ...withEtag(body, headers) }));
    await world.until(() => world.emitted.length === 1);
    await again();
    body = 'two';
    await again();
    await world.until(() => world.emitted.length === 2);
    body = 'one';
    await again();
    await world.until(() => world.emitted.length === 3);
    expect(world.emitted.map(text)).toEqual(['one', 'two', 'one']);
    expect(new Set(world.ids).size).toBe(3);
  });

  test('has the type, source and content type that it is expected to have', async () => {
    const { world, server } = await polling(() => ({ headers: { 'content-type': 'text/csv' }, body: 'a,b' }), {});
    await world.until(() => world.emitted.length === 1);
    expect(Object.fromEntries(world.emitted[0]?.attributes ?? [])).toMatchObject({
      type: 'dev.weir.httppoll.document',
      source: server.url,
      datacontenttype: 'text/csv',
      time: '2026-01-01T00:00:00.000Z',
    });
  });

  test('is asked for with its ETag, and what did not change is not sent again', async () => {
    const { world, server, again } = await polling((_url, headers) => withEtag('one', headers));
    await world.until(() => saved(world).includes('etag'));
    await again();
    await again();
    expect(server.requests.map(({ headers }) => headers['if-none-match'] !== undefined)).toEqual([false, true, true]);
    expect(world.emitted).toHaveLength(1);
  });

  test('is asked for with Last-Modified where there is no ETag', async () => {
    const at = 'Thu, 01 Jan 2026 00:00:00 GMT';
    const { server, world, again } = await polling(() => ({ headers: { 'last-modified': at }, body: 'one' }));
    await world.until(() => saved(world).includes('lastModified'));
    await again();
    expect(server.requests[1]?.headers['if-modified-since']).toBe(at);
  });
});

describe('items', () => {
  test('are one event each, with their own bytes, and only once', async () => {
    let body = '{"items": [{"id": 12345678901234567890}, {"b":2,"a":1}]}';
    const { world, again } = await polling(() => ({ body }), { items: '/items' });
    await world.until(() => world.emitted.length === 2);
    expect(world.emitted.map(text)).toEqual(['{"id": 12345678901234567890}', '{"b":2,"a":1}']);
    expect(world.appends).toBe(1);
    body = '{"items": [{"b":2,"a":1}, {"c":3}]}';
    await again();
    await world.until(() => world.emitted.length === 3);
    expect(text(world.emitted[2])).toBe('{"c":3}');
  });

  test('get what the expressions read in them and in the headers', async () => {
    const item = { id: 7, kind: 'created', at: 1767225600, who: 'me' };
    const { world } = await polling(() => ({ headers: { 'x-from': 'urn:shop' }, body: JSON.stringify([item]) }), {
      items: '',
      id: '{body:/id}',
      type: 'com.shop.{body:/kind}',
      source: '{header:X-From}',
      subject: '{body:/who}',
      time: '{body:/at}',
    });
    await world.until(() => world.emitted.length === 1);
    expect(Object.fromEntries(world.emitted[0]?.attributes ?? [])).toMatchObject({
      id: '7',
      type: 'com.shop.created',
      source: 'urn:shop',
      subject: 'me',
      time: '2026-01-01T00:00:00.000Z',
    });
  });

  test('that lack their id or type are dead letters, once, and the others are events', async () => {
    const body = JSON.stringify([{ kind: 'x' }, { id: 1 }, { id: 2, kind: 'x' }]);
    const { world, again } = await polling(() => ({ body }), { items: '', id: '{body:/id}', type: '{body:/kind}' });
    await world.until(() => world.emitted.length === 3);
    await again();
    expect(world.emitted.map((event) => attribute(event, 'type'))).toEqual([
      'dev.weir.source.deadletter',
      'dev.weir.source.deadletter',
      'x',
    ]);
  });

  test('that cannot be found in the answer are a dead letter of the answer, once', async () => {
    const { world, again } = await polling(() => ({ body: '<html>' }), { items: '/items' });
    await world.until(() => world.emitted.length === 1);
    await again();
    expect(attribute(world.emitted[0] ?? { attributes: new Map() }, 'deadletterreason')).toContain('"/items"');
    expect(text(world.emitted[0])).toBe('<html>');
    expect(world.emitted).toHaveLength(1);
  });

  test('that are there at first are left out and counted if that is asked for', async () => {
    let answer = list(1, 2);
    const { world, source, again } = await polling(() => answer, { items: '/items', initial: 'skip' });
    await world.until(() => world.positions.size === 1);
    answer = list(1, 2, 3);
    await again();
    await world.until(() => world.emitted.length === 1);
    expect(text(world.emitted[0])).toBe('{"id":3}');
    expect(source.status().skipped).toBe(2);
  });

  test('that are more than can be remembered are refused aloud, not emitted again and again', async () => {
    const { world, source } = await polling(() => list(...Array.from({ length: 2001 }, (_, i) => i)), {
      items: '/items',
    });
    await world.until(() => world.warnings.includes('source.failed'));
    expect(source.status().lastError?.message).toContain('more than 2000 items');
    expect(world.emitted).toEqual([]);
  });

  test('of another URL say nothing of these', async () => {
    const world = new SourceWorld();
    world.positions.set(KEY, JSON.stringify({ for: 'another', seen: ['x'], cursor: 'y' }));
    await polling(() => list(1), { items: '/items' }, world);
    await world.until(() => !saved(world).includes('another'));
    expect(world.emitted).toHaveLength(1);
  });
});

describe('a cursor', () => {
  test('in the answer is followed at once while there are items, and from there next time', async () => {
    const pages: Record<string, string> = {
      '': '{"items":[{"id":1}],"next":"a b"}',
      'a b': '{"items":[{"id":2}],"next":9007199254740993}',
      '9007199254740993': '{"items":[],"next":null}',
    };
    const { world, server, again } = await polling(
      (url) => ({ body: pages[url.searchParams.get('after') ?? ''] ?? '' }),
      {
        items: '/items',
        cursor: { answer: '/next', parameter: 'after' },
      },
    );
    await server.asked(3);
    await again();
    expect(server.requests.map(({ url }) => url.searchParams.get('after'))).toEqual([
      null,
      'a b',
      '9007199254740993',
      '9007199254740993',
    ]);
    expect(world.emitted.map(text)).toEqual(['{"id":1}', '{"id":2}']);
  });

  test('is followed through any number of pages that bring something new, and not for ever through those that do not', async () => {
    const { world, server } = await polling(
      (url) => {
        const page = Number(url.searchParams.get('after') ?? '0');
        return { body: `{"items":[{"id":${Math.min(page, 250)}}],"next":"${page + 1}"}` };
      },
      { items: '/items', cursor: { answer: '/next', parameter: 'after' } },
    );
    await world.until(() => world.emitted.length === 251);
    await server.asked(252);
    // The last of them brought nothing new, so the poll ended there: what is asked from here on is ours alone.
    for (let own = 0; own < 5; own += 1) await fetch(server.url);
    expect(server.requests).toHaveLength(252 + 5);
  });

  test('in the last item need not be named by the answer', async () => {
    const { world, server } = await polling((url) => (url.searchParams.has('since') ? list(2) : list(1, 2)), {
      items: '/items',
      cursor: { lastItem: '/id', parameter: 'since' },
    });
    await server.asked(2);
    await world.until(() => world.emitted.length === 2);
    expect(server.requests[1]?.url.searchParams.get('since')).toBe('2');
    expect(world.emitted).toHaveLength(2);
  });
});

describe('pages by Link', () => {
  test('belong to the answer, and are asked for without validators', async () => {
    const { world, server, again } = await polling(
      (url) =>
        url.searchParams.has('page')
          ? list(2)
          : { ...list(1), headers: { etag: '"1"', link: '</items?page=1>; rel="first", </items?page=2>; rel="next"' } },
      { items: '/items', pages: 'link' },
    );
    await world.until(() => world.emitted.length === 2);
    await again();
    expect(server.requests.map(({ url }) => url.search).slice(0, 3)).toEqual(['', '?page=2', '']);
    expect(server.requests[2]?.headers['if-none-match']).toBeUndefined();
  });

  test('are not followed to another host, which must not get the headers', async () => {
    const { world, source } = await polling(
      () => ({ ...list(1), headers: { link: '<http://other.example/items>; rel=next' } }),
      { items: '/items', pages: 'link' },
    );
    await world.until(() => world.warnings.includes('source.failed'));
    expect(source.status().lastError?.message).toContain('the next page is at http://other.example');
  });

  test.each([
    ['<https://a.example/x?page=2>; rel="next"', 'https://a.example/x?page=2'],
    ['</x?page=1>; rel="prev", </x?page=3>; title="a, b"; rel="last next"', 'https://a.example/x?page=3'],
    ['<?page=2>;rel=next', 'https://a.example/x?page=2'],
    ['</x>; rel="nextish"', undefined],
    ['', undefined],
  ])('%s', (header, expected) => {
    expect(nextLink(header, new URL('https://a.example/x'))?.href).toBe(expected);
  });
});

describe('what goes wrong', () => {
  const failure = async (answer: Answer | undefined, spec: object = {}): Promise<string | undefined> => {
    const { world, server, source } = await polling(() => answer, spec);
    await server.asked(1);
    if (!answer) await world.clock.advance(30_000);
    await world.until(() => world.warnings.includes('source.failed'));
    return source.status().lastError?.message;
  };

  test('is said, with what to do', async () => {
    expect(await failure({ status: 401 })).toMatch(/answered 401; check the secrets of spec.headers$/);
    expect(await failure({ status: 404 })).toMatch(/answered 404; check spec.url$/);
    expect(await failure({ status: 302, headers: { location: '/there?key=x' } })).toMatch(
      /it is at http:\/\/127\.0\.0\.1:\d+\/there; redirects are not followed: write that into spec.url$/,
    );
    expect(await failure({ body: 'too long' }, { bodyBytesMax: 3 })).toContain('spec.bodyBytesMax');
    expect(await failure(undefined)).toContain('no whole answer within 30000 ms');
  });

  test('a server that asks to be left alone is asked no sooner', async () => {
    const { world } = await polling(() => ({ status: 429, headers: { 'retry-after': '120' } }));
    await world.until(() => world.warnings.includes('source.failed'));
    expect(world.lines.find(({ name }) => name === 'source.failed')?.fields['delayMs']).toBe(120_000);
  });

  test('the query of the URL, which may hold a key, is in no message', async () => {
    const world = new SourceWorld();
    const { source } = await polling(() => ({ status: 500 }), { url: 'http://127.0.0.1:1/x?key=hidden' }, world);
    await world.until(() => world.warnings.includes('source.failed'));
    expect(JSON.stringify([source.status(), world.lines])).not.toContain('hidden');
  });
});
