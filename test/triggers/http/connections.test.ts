import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Answer, Sender } from '../../../triggers/http.ts';
import { client, message, response } from './posting.ts';
import { serve, until } from './server.ts';

/** Ends what is held, and what comes to be held, until every post is answered. */
async function settled(posts: readonly Promise<Answer>[], held: ServerResponse[]): Promise<void> {
  let over = false;
  const all = Promise.all(posts).then(() => (over = true));
  await until(() => {
    for (const answer of held.splice(0)) answer.end();
    return over;
  });
  await all;
}

describe('connections', () => {
  test('are used again', async () => {
    const { url, connections } = await serve((_, answer) => answer.writeHead(200).end('fine'));
    const sender = client().http.open({ url }, 4);
    for (let i = 0; i < 20; i++) expect(response(await sender.post(message())).status).toBe(200);
    expect(connections()).toBe(1);
  });

  test('are used again after an error of 500 and a body nobody reads', async () => {
    const { url, connections } = await serve((_, answer) => answer.writeHead(500).end('z'.repeat(30_000)));
    const sender = client().http.open({ url }, 1);
    for (let i = 0; i < 5; i++) await sender.post(message());
    expect(connections()).toBe(1);
  });

  test('are as many as the senders of an origin add up to', async () => {
    const held: ServerResponse[] = [];
    const { url, connections } = await serve((_, answer) => held.push(answer));
    const { http } = client();
    const senders = [http.open({ url: `${url}/a` }, 2), http.open({ url: `${url}/b` }, 3)];
    const all = senders.flatMap((sender) => [1, 2, 3, 4, 5].map(() => sender.post(message())));
    await until(() => held.length === 5);
    expect(connections()).toBe(5);
    await settled(all, held);
    expect(connections()).toBe(5);
  });

  test('that the server closes are made anew', async () => {
    const { url, connections, open } = await serve((_, answer) => answer.writeHead(200, { connection: 'close' }).end());
    const { http } = client();
    const sender = http.open({ url }, 1);
    for (let i = 0; i < 3; i++) expect(response(await sender.post(message())).status).toBe(200);
    expect(connections()).toBe(3);
    await until(() => open() === 0 && http.sockets === 0);
  });

  test('are closed when a sender is disposed, what is in flight goes on', async () => {
    const held: ServerResponse[] = [];
    const { url, open } = await serve((_, answer) => held.push(answer));
    const { http } = client();
    const sender = http.open({ url }, 1);
    const answers = [sender.post(message()), sender.post(message())];
    await until(() => held.length === 1);
    sender[Symbol.dispose]();
    sender[Symbol.dispose]();
    held.shift()?.writeHead(204).end();
    expect(response(await (answers[0] as Promise<Answer>)).status).toBe(204);
    await until(() => held.length === 1);
    held.shift()?.writeHead(204).end();
    expect(response(await (answers[1] as Promise<Answer>)).status).toBe(204);
    await until(() => open() === 0 && http.sockets === 0);
  });

  test('leave no timer behind when the last is closed: the process would stay for it', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(200).end());
    const { http, clock } = client();
    const sender = http.open({ url }, 1);
    await sender.post(message());
    sender[Symbol.dispose]();
    await until(() => http.sockets === 0);
    await http[Symbol.asyncDispose]();
    expect(clock.pending).toBe(0);
  });

  test('of an origin nobody posts to are closed after a minute', async () => {
    const { url, open } = await serve((_, answer) => answer.writeHead(200, { 'keep-alive': 'timeout=600' }).end());
    const { http, clock } = client();
    const sender = http.open({ url }, 1);
    await sender.post(message());
    await clock.advance(40_000);
    await sender.post(message());
    await clock.advance(59_999);
    expect(http.sockets).toBe(1);
    await clock.advance(1);
    await until(() => open() === 0 && http.sockets === 0);
    expect(clock.pending).toBe(0);
  });
});

describe('the sockets of a process', () => {
  test('are never more than the limit, and all who wait get one in turn', async () => {
    let most = 0;
    const { http } = client({ socketsMax: 4 });
    const servers = await Promise.all(
      Array.from({ length: 6 }, () =>
        serve((_, answer) => {
          most = Math.max(most, http.sockets);
          setImmediate(() => answer.end());
        }),
      ),
    );
    const senders = servers.map(({ url }) => http.open({ url }, 3));
    const answers = await Promise.all(
      senders.flatMap((sender) => Array.from({ length: 10 }, () => sender.post(message()))),
    );
    expect(answers.every((answer) => answer.kind === 'response' && answer.status === 200)).toBe(true);
    expect(most).toBeLessThanOrEqual(4);
  });

  test('whatever servers do, every post is answered and no socket is forgotten', async () => {
    const { http } = client({ socketsMax: 5 });
    const servers = await Promise.all(
      [0, 1, 2, 3].map(() =>
        serve(({ body }, answer) => {
          const how = Number(body.toString());
          if (how === 0) answer.destroy();
          else if (how === 1) answer.writeHead(200, { connection: 'close' }).end('bye');
          else if (how === 2) answer.writeHead(500).end(Buffer.alloc(100_000));
          else if (how === 3) setImmediate(() => answer.writeHead(200, { 'ce-id': '1' }).end('reply'));
          else answer.end();
        }),
      ),
    );
    const senders = servers.flatMap(({ url }) => [http.open({ url }, 1), http.open({ url: `${url}/b` }, 7)]);
    const posts = senders.flatMap((sender) =>
      Array.from({ length: 100 }, (_, i) => sender.post(message(String(i % 6)))),
    );
    const kinds = new Set((await Promise.all(posts)).map((one) => (one.kind === 'response' ? one.status : one.kind)));
    expect(kinds).toEqual(new Set([200, 500, 'error']));
    for (const sender of senders) sender[Symbol.dispose]();
    await until(() => http.sockets === 0 && servers.every(({ open }) => open() === 0));
  });

  test('waiting for one is no part of the timeout', async () => {
    const held: ServerResponse[] = [];
    const slow = await serve((_, answer) => held.push(answer));
    const fast = await serve((_, answer) => answer.end());
    const { http, clock } = client({ socketsMax: 1 });
    const first = http.open({ url: slow.url }, 1).post(message('x', 60_000));
    await until(() => held.length === 1);
    const second = http.open({ url: fast.url }, 1).post(message('x', 1000));
    await clock.advance(30_000);
    held[0]?.end();
    expect([(await first).kind, (await second).kind]).toEqual(['response', 'response']);
  });

  test('beyond half, a sender gets an equal share: one with slow answers leaves room for others', async () => {
    const held: ServerResponse[] = [];
    const slow = await serve((_, answer) => held.push(answer));
    const other = await serve((_, answer) => answer.end());
    const { http } = client({ socketsMax: 10 });
    const greedy = [http.open({ url: `${slow.url}/1` }, 10), http.open({ url: `${slow.url}/2` }, 10)];
    const stuck = greedy.flatMap((sender) => Array.from({ length: 4 }, () => sender.post(message())));
    await until(() => held.length === 8);
    const more = Array.from({ length: 6 }, () => (greedy[0] as Sender).post(message()));
    const third = http.open({ url: other.url }, 2);
    expect((await third.post(message())).kind).toBe('response');
    await until(() => held.length >= 8);
    await settled([...stuck, ...more], held);
  });
});

describe('disposal', () => {
  test('answers what is in flight and what waits with aborted, closes all, and later posts too', async () => {
    let asked = 0;
    const { url, open } = await serve(() => asked++);
    const { http, clock } = client();
    const sender = http.open({ url }, 1);
    const answers = [sender.post(message()), sender.post(message())];
    await until(() => asked === 1);
    await Promise.all([http[Symbol.asyncDispose](), http[Symbol.asyncDispose]()]);
    expect(await Promise.all(answers)).toEqual([{ kind: 'aborted' }, { kind: 'aborted' }]);
    expect(await sender.post(message())).toEqual({ kind: 'aborted' });
    await until(() => open() === 0);
    expect(http.sockets).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('answers what a sender that was disposed before had waiting', async () => {
    const held: ServerResponse[] = [];
    const slow = await serve((_, answer) => held.push(answer));
    const { http } = client({ socketsMax: 1 });
    const first = http.open({ url: slow.url }, 1).post(message());
    await until(() => held.length === 1);
    const late = await serve((_, answer) => held.push(answer));
    const leaving = http.open({ url: late.url }, 1);
    const second = leaving.post(message());
    leaving[Symbol.dispose]();
    held[0]?.end();
    await first;
    await until(() => held.length === 2);
    await http[Symbol.asyncDispose]();
    expect(await second).toEqual({ kind: 'aborted' });
    await until(() => late.open() === 0);
  });
});
