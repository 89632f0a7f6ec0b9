import { describe, expect, test } from 'vitest';
import { identityKey } from '../../../crds/identity.ts';
import { accept, REMEMBERED_MS, type Accepted } from '../../../resources/files/accept.ts';
import { readText, type Reading } from '../../../resources/files/read.ts';
import type { Records } from '../../../resources/files/records.ts';
import { triggerDocument, triggerNamed, type Document } from '../store-conformance.ts';

const KEY = identityKey(triggerNamed('hook'));
const MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: 'b' } };

function reading(...documents: readonly Document[]): Reading {
  return readText(
    { file: 'a.yaml', named: true },
    documents.map((document) => JSON.stringify(document)).join('\n---\n'),
  );
}

const SPEC = { broker: 'default', subscriber: { uri: 'http://sink.example/' } };

let uids = 0;
function accepted(known: Records, nowMs: number, ...documents: readonly Document[]): Accepted {
  return accept({ readings: [reading(...documents)], unreadable: [], known, nowMs, newUid: () => `uid-${uids++}` });
}

describe('what is accepted', () => {
  const hook = triggerDocument('hook');
  const first = accepted(new Map(), 0, hook, MAP);

  test('keeps uid and generation while it stays the same', () => {
    expect(accepted(first.known, 1000, hook, MAP).known).toEqual(first.known);
  });

  test('is remembered for a day once it is removed', () => {
    const gone = accepted(first.known, 1000);
    expect(gone.known.get(KEY)?.removedAtMs).toBe(1000);
    const later = accepted(gone.known, 1000 + REMEMBERED_MS - 1);
    expect(later.known.get(KEY)?.removedAtMs).toBe(1000);
    expect(accepted(later.known, 1000 + REMEMBERED_MS).known.has(KEY)).toBe(false);
  });

  test('is another one when it returns after that', () => {
    const gone = accepted(first.known, 1000);
    const uid = first.known.get(KEY)?.uid;
    expect(accepted(gone.known, 1000 + REMEMBERED_MS - 1, hook).known.get(KEY)?.uid).toBe(uid);
    expect(accepted(gone.known, 1000 + REMEMBERED_MS, hook).known.get(KEY)?.uid).not.toBe(uid);
  });

  test('is forgotten at once where it has no status: nothing goes on with it', () => {
    expect([...accepted(first.known, 1000, hook).known.keys()]).toEqual([KEY]);
  });

  test('counts a generation for each change of what it says, and none for its metadata', () => {
    const annotated = accepted(first.known, 0, triggerDocument('hook', {}, { a: 'b' }));
    expect(annotated.known.get(KEY)?.generation).toBe(1);
    const changed = accepted(annotated.known, 0, triggerDocument('hook', { delivery: { retry: 1 } }));
    expect(changed.known.get(KEY)?.generation).toBe(2);
    const data = accepted(first.known, 0, hook, { ...MAP, data: { a: 'c' } });
    expect(data.known.get('v1/ConfigMap/default/c')?.generation).toBe(2);
  });
});

describe('a document that does not say what it is', () => {
  const nameless = { apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', metadata: {}, spec: { ...SPEC } };

  test('may be what its file declared before: that stays', () => {
    const first = accepted(new Map(), 0, triggerDocument('hook'));
    const after = accepted(first.known, 1000, nameless);
    expect(after.known.get(KEY)?.removedAtMs).toBeUndefined();
    expect(after.refused.map(({ message }) => message)).toEqual(['a.yaml:1: metadata.name: is missing; write text']);
  });

  test('is none of another file', () => {
    const elsewhere = readText({ file: 'b.yaml', named: true }, JSON.stringify(triggerDocument('hook')));
    const offer = { unreadable: [], nowMs: 0, newUid: () => 'uid' };
    const first = accept({ ...offer, readings: [elsewhere], known: new Map() });
    const after = accept({ ...offer, readings: [reading(nameless)], known: first.known });
    expect(after.known.get(KEY)?.removedAtMs).toBe(0);
  });
});
