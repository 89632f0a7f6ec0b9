import type { Counter, Histogram, Labels, Metrics } from '../events/metrics.ts';

/** Metrics of a process, and how Prometheus sees them. */
export interface Scrape {
  readonly contentType: string;
  readonly text: string;
}

/** Upper bounds of every histogram, in seconds: from a commit to the longest timeout people set. */
const BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600];

type GaugeRead = () => Iterable<readonly [Labels, number]> | Promise<Iterable<readonly [Labels, number]>>;

interface Value {
  readonly labels: Labels;
  readonly value: number;
  readonly metricName?: string;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram' | 'gauge';
  values(): Iterable<Value> | Promise<Iterable<Value>>;
}

class CounterSeries implements Counter {
  readonly labels: Labels;
  count = 0;
  constructor(labels: Labels) {
    this.labels = labels;
  }
  add(count: number): void {
    this.count += count;
  }
  values(): Value[] {
    return [{ labels: this.labels, value: this.count }];
  }
}

class HistogramSeries implements Histogram {
  readonly labels: Labels;
  readonly #name: string;
  readonly #buckets = new Float64Array(BOUNDS.length + 1);
  #sum = 0;
  constructor(labels: Labels, name: string) {
    this.labels = labels;
    this.#name = name;
  }
  observe(seconds: number): void {
    let i = 0;
    while (i < BOUNDS.length && seconds > (BOUNDS[i] ?? Infinity)) i++;
    this.#buckets[i] = (this.#buckets[i] ?? 0) + 1;
    this.#sum += seconds;
  }
  values(): Value[] {
    let total = 0;
    const values: Value[] = Array.from(this.#buckets, (count, i) => {
      total += count;
      return {
        metricName: `${this.#name}_bucket`,
        labels: { ...this.labels, le: i < BOUNDS.length ? String(BOUNDS[i]) : '+Inf' },
        value: total,
      };
    });
    values.push(
      { metricName: `${this.#name}_sum`, labels: this.labels, value: this.#sum },
      { metricName: `${this.#name}_count`, labels: this.labels, value: total },
    );
    return values;
  }
}

/** Series of one name, by their labels. */
class Series<S extends { values(): Value[] }> implements Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly #byLabels = new Map<string, S>();
  readonly #make: (labels: Labels) => S;
  constructor(
    name: string,
    help: string,
    make: { readonly type: 'counter' | 'histogram'; readonly make: (labels: Labels) => S },
  ) {
    this.name = name;
    this.help = help;
    this.type = make.type;
    this.#make = make.make;
  }
  of(labels: Labels): S {
    const key = Object.entries(labels).flat().join('\u0000');
    let series = this.#byLabels.get(key);
    if (!series) this.#byLabels.set(key, (series = this.#make(labels)));
    return series;
  }
  *values(): Iterable<Value> {
    for (const series of this.#byLabels.values()) yield* series.values();
  }
}

/** Counters as plain numbers in memory. prom-client writes them as text, and is loaded when somebody scrapes for the first time. */
export class ProcessMetrics implements Metrics {
  readonly #counters = new Map<string, Series<CounterSeries>>();
  readonly #histograms = new Map<string, Series<HistogramSeries>>();
  readonly #gauges = new Map<string, Family>();

  counter(name: string, help: string, labels: Labels = {}): Counter {
    let family = this.#counters.get(name);
    if (!family) {
      family = new Series(name, help, { type: 'counter', make: (of) => new CounterSeries(of) });
      this.#counters.set(name, family);
    }
    return family.of(labels);
  }

  histogram(name: string, help: string, labels: Labels = {}): Histogram {
    let family = this.#histograms.get(name);
    if (!family) {
      family = new Series(name, help, { type: 'histogram', make: (of) => new HistogramSeries(of, name) });
      this.#histograms.set(name, family);
    }
    return family.of(labels);
  }

  gauge(name: string, help: string, read: GaugeRead): void {
    const values = async (): Promise<Value[]> => Array.from(await read(), ([labels, value]) => ({ labels, value }));
    this.#gauges.set(name, { name, help, type: 'gauge', values });
  }

  /** Everything, as Prometheus reads it. */
  async scrape(): Promise<Scrape> {
    const { Registry } = await import('prom-client');
    const registry = new Registry();
    for (const family of [...this.#counters.values(), ...this.#histograms.values(), ...this.#gauges.values()]) {
      // The registry asks a metric for `name` and `get()` only; its type wants the class.
      const metric: unknown = {
        name: family.name,
        get: async () => ({ ...named(family), values: [...(await family.values())] }),
      };
      registry.registerMetric(metric as Parameters<typeof registry.registerMetric>[0]);
    }
    return { contentType: registry.contentType, text: await registry.metrics() };
  }
}

function named(family: Family): { name: string; help: string; type: string } {
  return { name: family.name, help: family.help, type: family.type };
}
