import { expect, test } from 'vitest';
import { Readiness } from '../../broker/readiness.ts';
import type { Condition } from '../../crds/conditions.ts';
import type { StatusWrite } from '../../resources/reconcile.ts';
import type { Declared } from '../../resources/store.ts';
import { Lines } from '../support/serving.ts';

const IDENTITY = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', namespace: 'default', name: 'a' };

function declared(ready?: Omit<Condition, 'type'>): Declared {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    metadata: { name: 'a', namespace: 'default', uid: 'uid-a', generation: 1, labels: {}, annotations: {} },
    spec: {},
    ...(ready && { status: { conditions: [{ type: 'Ready', ...ready }] } }),
  };
}

function write(ready: Omit<Condition, 'type'>): StatusWrite {
  return { identity: IDENTITY, uid: 'uid-a', status: { conditions: [{ type: 'Ready', ...ready }] } };
}

function told(lines: Lines): readonly unknown[] {
  return lines.all.map(({ name, fields }) => [name, fields['error']]);
}

test('what is not ready is told once, and again when its message is another', () => {
  const lines = new Lines();
  const readiness = new Readiness(lines);
  const broken = declared({ status: 'False', reason: 'Broken', message: 'mend it' });
  readiness.tell([broken], []);
  readiness.tell([broken], []);
  readiness.tell([broken], [write({ status: 'False', reason: 'Worse', message: 'mend more' })]);
  expect(told(lines)).toEqual([
    ['resource.not-ready', 'mend it'],
    ['resource.not-ready', 'mend more'],
  ]);
});

test('what was told not ready is told ready, not in between and not twice', () => {
  const lines = new Lines();
  const readiness = new Readiness(lines);
  readiness.tell([declared()], [write({ status: 'False', reason: 'Broken', message: 'mend it' })]);
  readiness.tell([declared({ status: 'Unknown', reason: 'Pending' })], []);
  readiness.tell([declared({ status: 'True' })], []);
  readiness.tell([declared({ status: 'True' })], []);
  expect(told(lines)).toEqual([
    ['resource.not-ready', 'mend it'],
    ['resource.ready', undefined],
  ]);
});

test('what was ready from the start is not told', () => {
  const lines = new Lines();
  new Readiness(lines).tell([declared()], [write({ status: 'True' })]);
  expect(lines.all).toEqual([]);
});
