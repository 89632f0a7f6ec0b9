import { expect, test } from 'vitest';
import type { CloudEvent } from '../../events/event.ts';
import { incomingHops, withoutOurs } from '../../broker/hops.ts';

function event(extensions: Record<string, string | number>): CloudEvent {
  return {
    attributes: new Map(Object.entries({ specversion: '1.0', id: '1', source: '/s', type: 't', ...extensions })),
  };
}

test.each<[string, Record<string, string | number>, number]>([
  ['an event that does not say starts at the limit', {}, 32],
  ['one that says what is no number starts at the limit', { knativebrokerttl: 'many' }, 32],
  ['one that came through a broker has one hop less', { knativebrokerttl: '7' }, 6],
  ['a value above the limit is lowered to it', { knativebrokerttl: '255' }, 32],
  ['an integer of a structured event counts like the text of a binary one', { knativebrokerttl: 7 }, 6],
])('%s', (_name, extensions, hops) => {
  expect(incomingHops(event(extensions), 32)).toBe(hops);
});

test.each(['1', '0', '-1'])('%s hops left is refused with a code of its own', (left) => {
  expect(() => incomingHops(event({ knativebrokerttl: left }), 32)).toThrow(
    expect.objectContaining({ code: 'hops-exhausted', path: 'knativebrokerttl' }),
  );
});

test('what only Weir may say is taken from the event, the rest keeps its order', () => {
  const stripped = withoutOurs(
    event({ a: '1', knativebrokerttl: '3', b: '2', knativearrivaltime: '2020-01-01T00:00:00Z' }),
  );
  expect([...stripped.attributes.keys()]).toEqual(['specversion', 'id', 'source', 'type', 'a', 'b']);
});

test('an event that says nothing of the kind is the same event', () => {
  const plain = event({ a: '1' });
  expect(withoutOurs(plain)).toBe(plain);
});
