import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { cloudEvent } from '../../events/attributes.ts';
import { pause } from '../../events/clock.ts';
import type { CloudEvent } from '../../events/event.ts';
import { deadLetter } from '../../sources/dead-letter.ts';
import type { SourceInstance, SourceKind } from '../../sources/kind.ts';
import { offer } from '../../sources/offer.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import type { SourceContext } from '../../sources/source.ts';
import { NOTHING_SAID, instance } from '../sources/source-world.ts';
import type { SourceSubject } from './source-subject.ts';

/** What a source can do wrong: each is a line of the loop below. */
export const FLAWS = [
  'emits twice',
  'gives up on a busy sink',
  'drops what it cannot read',
  'ignores abort',
  'waits for its sink for ever',
  'waits for the disk for ever',
  'forgets what it finished',
  'settles before it emits',
  'loses its position',
  'begins with the newest',
  'makes ids at random',
  'keeps quiet about a failure',
  'stays away when its server is gone',
  'leaves a socket open',
  'prints a secret',
] as const;

/** One of them. */
export type Flaw = (typeof FLAWS)[number];

const shelf = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.unknown(),
  spec: z.strictObject({
    folder: z.string(),
    everyMs: z.number(),
    position: z.enum(['kept', 'server']),
    flaw: z.enum(FLAWS).exactOptional(),
    name: z.string().default('reader'),
  }),
});
type Spec = z.output<typeof shelf>['spec'];

/** A source of things on a shelf, a folder of files that every process can read: healthy, or with one flaw. It shows that the suite lets a good source pass, and no broken one. */
const shelfKind: SourceKind = {
  kind: 'ShelfSource',
  condition: 'Deployed',
  about: NOTHING_SAID,
  start: (shelfInstance, { clock, random, log }) => {
    const spec = parsedSpec(shelf, 'test/v1', shelfInstance);
    const { namespace, kind, name } = shelfInstance;
    return (context) => read(new Reader(spec, shelfInstance, context), { clock, random, log, namespace, kind, name });
  },
};

/** What a child process opens it from. */
export const SOURCE_KINDS: readonly SourceKind[] = [shelfKind];

type Ports = Parameters<typeof offer>[2];

async function read(reader: Reader, ports: Ports): Promise<void> {
  const { context, spec } = reader;
  const { flaw } = spec;
  const { signal } = context;
  if (flaw === 'leaves a socket open') createServer().listen(0, '127.0.0.1');
  if (flaw === 'prints a secret') ports.log.info('shelf.open', { secrets: [...reader.secrets].join(' ') });
  const never = new AbortController().signal;
  for (let at = reader.begin(); !signal.aborted;) {
    if (existsSync(join(spec.folder, 'down'))) {
      if (flaw === 'stays away when its server is gone') await pause(ports.clock, 1e12, signal);
      throw new Error('connect ECONNREFUSED shelf');
    }
    const events = reader.events(at);
    at += events.length;
    if (events.length === 0 && flaw === 'ignores abort' && at > 0) await pause(ports.clock, 60_000, never);
    else if (events.length === 0) await pause(ports.clock, spec.everyMs, signal);
    else await take(reader, ports, { events: events.flat(), at });
  }
}

async function take(
  { spec: { flaw }, context, ...reader }: Reader,
  ports: Ports,
  { events, at }: { readonly events: readonly CloudEvent[]; readonly at: number },
): Promise<void> {
  if (flaw === 'settles before it emits') await reader.settle(at);
  if (flaw === 'gives up on a busy sink') await context.emit(events).catch(() => undefined);
  else
    await offer(events, context, ports).catch((error: unknown) =>
      flaw === 'waits for its sink for ever' ? new Promise(() => undefined) : Promise.reject(error),
    );
  if (flaw === 'emits twice') await context.emit(events);
  if (flaw === 'forgets what it finished' && context.signal.aborted) return;
  await reader.settle(at).catch((error: unknown) => {
    if (flaw === 'keeps quiet about a failure') return undefined;
    return flaw === 'waits for the disk for ever' ? new Promise(() => undefined) : Promise.reject(error);
  });
}

/** Reads a shelf: things by line, what each reader has settled in a file of its own. */
class Reader {
  readonly spec: Spec;
  readonly context: SourceContext;
  readonly secrets: Iterable<string>;
  readonly #named: SourceInstance;

  constructor(spec: Spec, named: SourceInstance, context: SourceContext) {
    this.spec = spec;
    this.context = context;
    this.secrets = named.secrets.values();
    this.#named = named;
  }

  begin(): number {
    const { flaw, position } = this.spec;
    if (flaw === 'loses its position') return 0;
    if (flaw === 'begins with the newest') return this.#lines().length;
    return Number(position === 'kept' ? this.context.position : text(this.#settled)) || 0;
  }

  /** The events of each thing from `at` on. */
  events(at: number): (readonly CloudEvent[])[] {
    return this.#lines()
      .slice(at)
      .map((line, i) => {
        const id = this.spec.flaw === 'makes ids at random' ? crypto.randomUUID() : `thing:${at + i}`;
        if (line !== 'unreadable')
          return [
            cloudEvent({ specversion: '1.0', id, source: '/shelf', type: 'thing' }, new TextEncoder().encode(line)),
          ];
        return this.spec.flaw === 'drops what it cannot read'
          ? []
          : [deadLetter({ id, reason: 'it is unreadable', data: new TextEncoder().encode(line) }, this.#named)];
      });
  }

  settle = async (at: number): Promise<void> => {
    if (this.spec.position === 'kept') return this.context.save(String(at));
    writeFileSync(this.#settled, String(at));
  };

  get #settled(): string {
    return join(this.spec.folder, `settled-${this.spec.name}`);
  }

  #lines(): string[] {
    return text(join(this.spec.folder, 'things')).split('\n').slice(0, -1);
  }
}

function text(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** A shelf of its own and who reads it. */
export function shelfSubject({
  clock,
  position,
  flaw,
}: Pick<SourceSubject, 'clock' | 'position'> & { readonly flaw?: Flaw }): SourceSubject {
  const folder = mkdtempSync(join(tmpdir(), 'weir-shelf-'));
  const everyMs = clock === 'fake' ? 1000 : 10;
  const spec: Partial<Spec> = { folder, everyMs, position, ...(flaw === undefined ? {} : { flaw }) };
  let things = 0;
  return {
    kind: shelfKind,
    instance: instance('ShelfSource', spec),
    kinds: new URL(import.meta.url),
    clock,
    position,
    // What a flaw keeps from coming never comes; a good source may need long on a busy machine.
    waitMs: flaw === undefined ? 60_000 : 5000,
    async happen(world, count) {
      for (let i = 0; i < count; i += 1) appendFileSync(join(folder, 'things'), `thing ${(things += 1)}\n`);
      if (clock === 'fake') await world.clock.advance(everyMs);
    },
    async unreadable() {
      appendFileSync(join(folder, 'things'), 'unreadable\n');
    },
    server: {
      kill: async () => writeFileSync(join(folder, 'down'), ''),
      start: async () => rmSync(join(folder, 'down')),
    },
    ...(clock === 'real'
      ? { afresh: () => instance('ShelfSource', { ...spec, name: 'another' }, { name: 'another' }) }
      : {}),
    wrong: { spec: { ...spec, everyMs: 'often' }, path: 'spec.everyMs' },
    end: async () => rmSync(folder, { recursive: true }),
  };
}
