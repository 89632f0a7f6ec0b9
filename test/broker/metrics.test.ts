import { expect, test } from 'vitest';
import { ProcessMetrics } from '../../broker/metrics.ts';

test('a counter is scraped with its labels, and asking twice gives the same series [Prometheus text format]', async () => {
  const metrics = new ProcessMetrics();
  metrics.counter('weir_x_total', 'Things.', { broker: 'a"b' }).add(2);
  metrics.counter('weir_x_total', 'Things.', { broker: 'a"b' }).add(1);
  const { text, contentType } = await metrics.scrape();
  expect(text).toContain('# HELP weir_x_total Things.\n# TYPE weir_x_total counter\nweir_x_total{broker="a\\"b"} 3');
  expect(contentType).toContain('text/plain');
});

test('a histogram has cumulative buckets, a sum and a count', async () => {
  const metrics = new ProcessMetrics();
  const histogram = metrics.histogram('weir_y_seconds', 'Time.');
  for (const seconds of [0.001, 0.3, 99_999]) histogram.observe(seconds);
  const { text } = await metrics.scrape();
  expect(text).toContain('weir_y_seconds_bucket{le="0.001"} 1');
  expect(text).toContain('weir_y_seconds_bucket{le="0.5"} 2');
  expect(text).toContain('weir_y_seconds_bucket{le="+Inf"} 3');
  expect(text).toMatch(/weir_y_seconds_sum 99999\.301\nweir_y_seconds_count 3/);
});

test('a gauge is read at each scrape, so what is gone disappears', async () => {
  const metrics = new ProcessMetrics();
  let values: [Record<string, string>, number][] = [[{ trigger: 'a' }, 1]];
  metrics.gauge('weir_z', 'Now.', async () => values);
  expect((await metrics.scrape()).text).toContain('weir_z{trigger="a"} 1');
  values = [];
  expect((await metrics.scrape()).text).not.toContain('trigger="a"');
});
