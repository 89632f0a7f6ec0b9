import assert from 'node:assert/strict';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { cloudEvent } from '../../events/attributes.ts';
import type { SourceKind } from '../../sources/kind.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import type { WebhookRequest } from '../../sources/source.ts';
import { NOTHING_SAID, instance } from '../sources/source-world.ts';
import { hookCases } from './webhook-cases.ts';
import type { HookSubject } from './webhook-subject.ts';
import { runHookCase } from './webhook-trial.ts';

const SECRET = 'open sesame';
const FLAWS = ['takes forged requests', 'makes ids at random', 'prints a secret', 'drops what comes', 'answers 500'];

const schema = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.unknown(),
  spec: z.strictObject({ flaw: z.string() }),
});

/** A source that is called with its secret and a number: healthy, or with one flaw. */
const doorKind: SourceKind = {
  kind: 'DoorSource',
  condition: 'Deployed',
  about: NOTHING_SAID,
  webhook: (door, { log }) => {
    const { flaw } = parsedSpec(schema, 'test/v1', door);
    return ({ body }) => {
      const [secret, n] = new TextDecoder().decode(body).split('#');
      if (flaw === 'prints a secret') log.info('door.open', { secret });
      if (secret !== SECRET && flaw !== 'takes forged requests')
        return { status: 401, code: 'signature-invalid', message: 'say the word' };
      const id = flaw === 'makes ids at random' ? crypto.randomUUID() : `${n}`;
      const events =
        flaw === 'drops what comes' ? [] : [cloudEvent({ specversion: '1.0', id, source: '/d', type: 't' })];
      return flaw === 'answers 500' ? { events, answer: { status: 500, headers: {}, body: '' } } : events;
    };
  },
};

function subject(flaw = 'none'): HookSubject {
  const request = (text: string): WebhookRequest => ({
    method: 'POST',
    target: '/-/sources/default/doorsource/it',
    rawHeaders: [],
    body: new TextEncoder().encode(text),
    receivedAtMs: 0,
  });
  return {
    kind: doorKind,
    instance: instance('DoorSource', { flaw }, { secrets: new Map([['door/word', SECRET]]) }),
    request: (n) => request(`${SECRET}#${n}`),
    forged: () => request('please#1'),
    wrong: { spec: { flaw: 1 }, path: 'spec.flaw' },
  };
}

async function failed(flaw?: string): Promise<string[]> {
  const columns: string[] = [];
  for (const one of hookCases)
    await runHookCase(one, () => subject(flaw)).catch((error: unknown) => {
      assert(error instanceof Error);
      columns.push(one.column);
    });
  return columns;
}

test('a webhook without a flaw passes every case', async () => expect(await failed()).toEqual([]));

test.for(FLAWS)('a webhook that %s fails', async (flaw) => expect(await failed(flaw)).not.toEqual([]));
