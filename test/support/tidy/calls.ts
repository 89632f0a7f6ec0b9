import { child, at, nodesIn, spelled, walk } from './source.ts';
import type { Finding, Node, Source } from './source.ts';

/** What reaches past the arguments, where it may be written, and what to write instead. */
interface Banned {
  readonly what: string;
  readonly homes: readonly string[];
  readonly instead: string;
}

const CLOCK = { homes: ['events/clock.ts'], instead: 'take a Clock by argument' };
const BANNED: readonly Banned[] = [
  { what: 'Date.now', ...CLOCK },
  { what: 'new Date()', ...CLOCK },
  { what: 'performance.now', ...CLOCK },
  { what: 'process.hrtime', ...CLOCK },
  { what: 'setTimeout', ...CLOCK },
  { what: 'setInterval', ...CLOCK },
  { what: 'setImmediate', ...CLOCK },
  { what: 'Math.random', homes: ['events/random.ts'], instead: 'take a Random by argument' },
  { what: 'process.env', homes: ['cli/'], instead: 'take the value by argument' },
  { what: 'process.exit', homes: ['cli/'], instead: 'throw, and let the command decide' },
  { what: 'console', homes: ['cli/'], instead: 'take a Log by argument' },
];

/** The clock, randomness, the environment and the console come in by argument: each has one home. */
export function calls(source: Source): Finding[] {
  const found: Finding[] = [];
  walk(source.body, (node, above) => {
    const what = reaches(node, above);
    const banned = BANNED.find((b) => b.what === what);
    if (banned === undefined || banned.homes.some((home) => source.path.startsWith(home))) return;
    found.push({
      ...at(source, node),
      rule: 'calls',
      text: `${banned.what} has its home in ${banned.homes.join(', ')}; ${banned.instead}`,
    });
  });
  return found;
}

const SLEEPS = new Set(['setTimeout', 'setInterval']);

/** A test moves the fake clock or awaits the event itself: it never sleeps, so it never waits too short. */
export function sleeps(source: Source): Finding[] {
  const found: Finding[] = [];
  walk(source.body, (node, above) => {
    const what = reaches(node, above);
    const imported = node.type === 'ImportDeclaration' && spelled(child(node, 'source')) === 'node:timers/promises';
    if (!imported && (what === undefined || !SLEEPS.has(what))) return;
    found.push({
      ...at(source, node),
      rule: 'sleeps',
      text: 'a test never sleeps; move the fake clock, or await the event itself',
    });
  });
  return found;
}

/** `Date.now` for a member, `setTimeout` for a bare name that is not declared or a key here, `new Date()` without arguments. */
function reaches(node: Node, above: readonly Node[]): string | undefined {
  if (node.type === 'NewExpression' && spelled(child(node, 'callee')) === 'Date')
    return nodesIn(node['arguments']).length === 0 ? 'new Date()' : undefined;
  if (node.type === 'MemberExpression' && node['computed'] !== true) {
    const object = child(node, 'object');
    const name = spelled(object) === 'globalThis' ? '' : `${spelled(object) ?? '?'}.`;
    return `${name}${spelled(child(node, 'property')) ?? ''}`;
  }
  if (node.type !== 'Identifier') return undefined;
  const parent = above.at(-1);
  if (parent?.type === 'MemberExpression' && child(parent, 'property') === node) return undefined;
  // `import { x }` spells its name twice, in one place.
  if (
    parent?.type === 'ImportSpecifier' &&
    child(parent, 'imported') !== node &&
    child(parent, 'imported')?.start === node.start
  )
    return undefined;
  const isKey =
    parent !== undefined &&
    /Property|MethodDefinition|Signature/.test(parent.type) &&
    child(parent, 'key') === node &&
    parent['shorthand'] !== true;
  const isType = parent !== undefined && parent.type.startsWith('TS');
  return isKey || isType ? undefined : spelled(node);
}
