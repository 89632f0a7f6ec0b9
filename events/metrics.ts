/** Label values of one series; the names are those given when the metric was declared. */
export type Labels = Readonly<Record<string, string>>;

/** A series that only grows. Bind it once, outside the hot path. */
export interface Counter {
  add(count: number): void;
}

/** Observations in seconds. */
export interface Histogram {
  observe(seconds: number): void;
}

/** Where numbers go: plain counters in memory, rendered when somebody scrapes. Asking twice for the same name and labels gives the same series. [Prometheus naming] */
export interface Metrics {
  counter(name: string, help: string, labels?: Labels): Counter;
  histogram(name: string, help: string, labels?: Labels): Histogram;
  /** `read` is called at each scrape: label sets with their values, so that what is gone disappears. */
  gauge(
    name: string,
    help: string,
    read: () => Iterable<readonly [Labels, number]> | Promise<Iterable<readonly [Labels, number]>>,
  ): void;
}
