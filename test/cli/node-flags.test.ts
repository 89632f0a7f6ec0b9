import { expect, test } from 'vitest';
import { withServingFlags } from '../../cli/node-flags.ts';

interface Begun {
  readonly file: string;
  readonly args: readonly string[] | undefined;
  readonly env: unknown;
}

/** A process that is like ours, as far as `facts` do not say otherwise, and what it was replaced by. */
function begunAnew(facts: Readonly<Record<string, unknown>>): Begun | undefined {
  let begun: Begun | undefined;
  const all: Readonly<Record<string, unknown>> = {
    execPath: '/usr/bin/node',
    argv: ['/usr/bin/node', '/weir.js', 'serve', 'weir.yaml'],
    execArgv: ['--inspect'],
    env: { HOME: '/root' },
    platform: 'linux',
    channel: undefined,
    permission: undefined,
    execve: (file: string, args?: readonly string[], env?: unknown) => void (begun = { file, args, env }),
    ...facts,
  };
  const own = Object.entries(all).map(([name, value]) => [name, { value }] as const);
  const like = Object.create(process, Object.fromEntries(own));
  withServingFlags(like);
  return begun;
}

test('a process is begun anew with the flags of Node.js for serving, and its own flags, words and environment', () => {
  expect(begunAnew({})).toEqual({
    file: '/usr/bin/node',
    args: ['/usr/bin/node', '--max-semi-space-size=16', '--inspect', '/weir.js', 'serve', 'weir.yaml'],
    env: { HOME: '/root' },
  });
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['its words give them', { execArgv: ['--max-semi-space-size=64'] }],
  ['its environment gives them', { env: { NODE_OPTIONS: '--max-semi-space-size=64' } }],
  ['it is spelled with underscores', { env: { NODE_OPTIONS: '--max_semi_space_size=64' } }],
  ['it runs under the permission model', { permission: { has: () => true } }],
  ['its Node.js cannot', { execve: undefined }],
  ['its system cannot', { platform: 'win32' }],
  ['its parent speaks to it over a channel', { channel: {} }],
])('a process goes on as it is when %s', (_why, facts) => {
  expect(begunAnew(facts)).toBeUndefined();
});
