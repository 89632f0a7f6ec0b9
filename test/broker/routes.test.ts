import { expect, test } from 'vitest';
import { pathIn, Routes, type Route } from '../../broker/routes.ts';

const route: Route = {
  broker: { namespace: 'default', name: 'orders' },
  channel: undefined,
  waiting: '',
  received: { add: () => undefined },
};

function routes(): Routes {
  const all = new Routes();
  all.set(route);
  return all;
}

test.each([
  '/default/orders',
  '/default/orders/',
  '/default/orders?x=1',
  '/default/orders/?a/b',
  'http://anything:80/default/orders',
])('%s is the path of default/orders: the query is not part of a name', (target) => {
  expect(routes().find(target)).toBe(route);
});

test.each([
  ['/', 'not-found'],
  ['', 'not-found'],
  ['/default', 'path-invalid'],
  ['/default/orders/more', 'path-invalid'],
  ['//default/orders', 'path-invalid'],
  ['/default//', 'path-invalid'],
  ['/default/other', 'broker-unknown'],
  ['/DEFAULT/orders', 'broker-unknown'],
  ['/default/%6frders', 'broker-unknown'],
])('%s is refused with %s', (target, code) => {
  expect(() => routes().find(target)).toThrow(expect.objectContaining({ code }));
});

test('a broker that is gone is unknown', () => {
  const all = routes();
  all.delete(route.broker);
  expect(() => all.find('/default/orders')).toThrow(/there is no such broker/);
});

test('a path ends before the query and the fragment', () => {
  expect([pathIn('/a?b#c'), pathIn('/a#b?c'), pathIn('/a')]).toEqual(['/a', '/a', '/a']);
});
