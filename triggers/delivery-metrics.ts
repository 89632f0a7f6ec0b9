import type { Counter, Histogram, Metrics } from '../events/metrics.ts';
import type { Outcome } from './outcome.ts';
import type { Stage, Verdict } from '../events/verdict.ts';

/** The numbers of one trigger. */
export interface DeliveryMetrics {
  /** After each attempt that got an answer or failed; one that was aborted is not counted. */
  attempted(outcome: Outcome, tookMs: number): void;
  /** After each verdict; `stage` is where the attempt was made, `tookMs` the time since the event was accepted. */
  judged(verdict: Verdict, of: { readonly stage: Stage; readonly tookMs: number }): void;
}

interface Series {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
}

const attempts = (outcome: string): Series => ({
  name: 'weir_attempts_total',
  help: 'Requests to subscribers and dead letter sinks, by outcome.',
  labels: { outcome },
});
const replies = (reply: string): Series => ({
  name: 'weir_replies_total',
  help: 'Bodies and events in answers of 2xx, by what became of them.',
  labels: { reply },
});
const deadLettered = (to: string): Series => ({
  name: 'weir_dead_lettered_total',
  help: 'Events given up, by where they went: the dead letter sink took them, or they rest in the store.',
  labels: { to },
});

const SERIES = {
  delivered: { name: 'weir_delivered_total', help: 'Events delivered to their subscriber.', labels: {} },
  retried: { name: 'weir_retried_total', help: 'Retries decided on.', labels: {} },
  attemptDelivered: attempts('delivered'),
  attemptRetryable: attempts('retryable'),
  attemptRejected: attempts('rejected'),
  replyEvent: replies('event'),
  replyNotAnEvent: replies('not-an-event'),
  replyIn202: replies('event-in-202'),
  deadToSink: deadLettered('sink'),
  deadToStore: deadLettered('store'),
} satisfies Record<string, Series>;

const ATTEMPT = { delivered: 'attemptDelivered', retryable: 'attemptRetryable', rejected: 'attemptRejected' } as const;
const ANSWERED = { 'not-an-event': 'replyNotAnEvent', 'event-in-202': 'replyIn202' } as const;

/**
 * Counts for one trigger. A series is bound when it is first counted, so that a trigger costs what it uses, and one that never failed has no series of failures. Labels are
 * `namespace`, `broker`, `trigger` and what each help text names. [Prometheus naming]
 */
export function deliveryMetrics(
  metrics: Metrics,
  labels: Readonly<Record<'namespace' | 'broker' | 'trigger', string>>,
): DeliveryMetrics {
  const bound: Partial<Record<keyof typeof SERIES, Counter>> = {};
  let took: Histogram | undefined;
  let ended: Histogram | undefined;
  const bind = (series: keyof typeof SERIES): Counter => {
    const { name, help, labels: own } = SERIES[series];
    return metrics.counter(name, help, { ...labels, ...own });
  };
  const count = (series: keyof typeof SERIES): void => (bound[series] ??= bind(series)).add(1);
  return {
    attempted(outcome, tookMs) {
      count(ATTEMPT[outcome.kind]);
      took ??= metrics.histogram(
        'weir_attempt_duration_seconds',
        'From connecting to the last byte of the answer.',
        labels,
      );
      took.observe(tookMs / 1000);
      if (outcome.kind !== 'delivered') return;
      if (outcome.reply) count('replyEvent');
      else if (outcome.answered) count(ANSWERED[outcome.answered]);
    },
    judged(verdict, { stage, tookMs }) {
      if (verdict.kind === 'done') {
        count(stage === 'subscriber' ? 'delivered' : 'deadToSink');
        ended ??= metrics.histogram(
          'weir_delivery_duration_seconds',
          'From the acceptance of an event to the end of its delivery for one trigger, waits included.',
        );
        ended.observe(tookMs / 1000);
      } else if (verdict.kind === 'dead-letter') count('deadToStore');
      else if (verdict.kind === 'wait' && verdict.progress.stage === stage) count('retried');
    },
  };
}
