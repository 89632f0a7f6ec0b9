import type { Counter, Histogram, Metrics } from '../events/metrics.ts';
import type { Outcome } from './outcome.ts';
import type { Stage, Verdict } from '../events/verdict.ts';

/** The numbers of one trigger, bound once. */
export interface DeliveryMetrics {
  /** After each attempt that got an answer or failed; one that was aborted is not counted. */
  attempted(outcome: Outcome, tookMs: number): void;
  /** After each verdict; `stage` is where the attempt was made. */
  judged(verdict: Verdict, stage: Stage): void;
}

/** Binds them: labels are `namespace`, `broker`, `trigger` and what each help text names. [Prometheus naming] */
export function deliveryMetrics(
  metrics: Metrics,
  labels: Readonly<Record<'namespace' | 'broker' | 'trigger', string>>,
): DeliveryMetrics {
  const attempts = (outcome: string): Counter =>
    metrics.counter('weir_attempts_total', 'Requests to subscribers and dead letter sinks, by outcome.', {
      ...labels,
      outcome,
    });
  const replies = (reply: string): Counter =>
    metrics.counter('weir_replies_total', 'Bodies and events in answers of 2xx, by what became of them.', {
      ...labels,
      reply,
    });
  const deadLettered = (to: string): Counter =>
    metrics.counter(
      'weir_dead_lettered_total',
      'Events given up, by where they went: the dead letter sink took them, or they rest in the store.',
      { ...labels, to },
    );
  const byOutcome = {
    delivered: attempts('delivered'),
    retryable: attempts('retryable'),
    rejected: attempts('rejected'),
  };
  const reply = {
    event: replies('event'),
    'not-an-event': replies('not-an-event'),
    'event-in-202': replies('event-in-202'),
  };
  const dead = { sink: deadLettered('sink'), store: deadLettered('store') };
  const delivered = metrics.counter('weir_delivered_total', 'Events delivered to their subscriber.', labels);
  const retried = metrics.counter('weir_retried_total', 'Retries decided on.', labels);
  const took: Histogram = metrics.histogram(
    'weir_attempt_duration_seconds',
    'From connecting to the last byte of the answer.',
    labels,
  );
  return {
    attempted(outcome, tookMs) {
      byOutcome[outcome.kind].add(1);
      took.observe(tookMs / 1000);
      if (outcome.kind !== 'delivered') return;
      if (outcome.reply) reply.event.add(1);
      else if (outcome.answered) reply[outcome.answered].add(1);
    },
    judged(verdict, stage) {
      if (verdict.kind === 'done') (stage === 'subscriber' ? delivered : dead.sink).add(1);
      else if (verdict.kind === 'dead-letter') dead.store.add(1);
      else if (verdict.kind === 'wait' && verdict.progress.stage === stage) retried.add(1);
    },
  };
}
