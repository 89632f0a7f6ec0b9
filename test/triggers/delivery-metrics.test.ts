import { expect, test } from 'vitest';
import type { Metrics } from '../../events/metrics.ts';
import { deliveryMetrics } from '../../triggers/delivery-metrics.ts';

/** Metrics that say which series were asked for. */
function asked(): { readonly metrics: Metrics; readonly names: string[] } {
  const names: string[] = [];
  const series = (name: string): { add: () => void; observe: () => void } => {
    names.push(name);
    return { add: () => undefined, observe: () => undefined };
  };
  return { names, metrics: { counter: series, histogram: series, gauge: () => undefined } };
}

const LABELS = { namespace: 'default', broker: 'events', trigger: 'orders' };

test('a trigger that delivered nothing has no series', () => {
  const { metrics, names } = asked();
  deliveryMetrics(metrics, LABELS);
  expect(names).toEqual([]);
});

test('what a delivery counts is bound once, and only that', () => {
  const { metrics, names } = asked();
  const counted = deliveryMetrics(metrics, LABELS);
  for (let i = 0; i < 3; i++) {
    counted.attempted({ kind: 'delivered' }, 5);
    counted.judged({ kind: 'done' }, { stage: 'subscriber', tookMs: 6 });
  }
  expect(names).toEqual([
    'weir_attempts_total',
    'weir_attempt_duration_seconds',
    'weir_delivered_total',
    'weir_delivery_duration_seconds',
  ]);
});
