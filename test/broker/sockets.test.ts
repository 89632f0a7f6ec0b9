import { expect, test } from 'vitest';
import { newShare, Sockets } from '../../broker/sockets.ts';

test('until half of the sockets are in use whoever comes is served', () => {
  const sockets = new Sockets(8);
  const greedy = newShare();
  expect([1, 2, 3, 4].map(() => sockets.enter(greedy))).toEqual([undefined, undefined, undefined, undefined]);
});

test('once half are in use a trigger has its equal share and no more', async () => {
  const sockets = new Sockets(8);
  const greedy = newShare();
  const other = newShare();
  sockets.enter(other);
  for (let i = 0; i < 4; i++) sockets.enter(greedy);
  const fifth = sockets.enter(greedy);
  expect(fifth).toBeInstanceOf(Promise);
  expect([sockets.enter(other), sockets.enter(other), sockets.enter(other)]).toEqual([undefined, undefined, undefined]);
  sockets.leave(greedy);
  expect(await fifth).toBe(true);
});

test('who waits is served in turn, one trigger after the other', async () => {
  const sockets = new Sockets(2);
  const [a, b] = [newShare(), newShare()];
  sockets.enter(a);
  sockets.enter(a);
  const order: string[] = [];
  const waits = [
    sockets.enter(a)?.then(() => order.push('a')),
    sockets.enter(a)?.then(() => order.push('a')),
    sockets.enter(b)?.then(() => order.push('b')),
  ];
  for (let i = 0; i < 3; i++) {
    sockets.leave(order.at(-1) === 'b' ? b : a);
    await Promise.race(waits.slice(i));
    await Promise.resolve();
  }
  await Promise.all(waits);
  expect(order.indexOf('b')).toBeLessThan(2);
});

test('a stopped process grants nobody who waits, and nobody who would have to', async () => {
  const sockets = new Sockets(1);
  const [a, b] = [newShare(), newShare()];
  sockets.enter(a);
  const waiting = sockets.enter(b);
  sockets.stop();
  expect([await waiting, await sockets.enter(b)]).toEqual([false, false]);
});

test('what is given back can be taken again', () => {
  const sockets = new Sockets(1);
  const share = newShare();
  sockets.enter(share);
  sockets.leave(share);
  expect([sockets.held, sockets.enter(share)]).toEqual([0, undefined]);
});
