import type { Clock } from '../events/clock.ts';
import type { Entry } from '../events/entry.ts';
import { RefusedError, UnavailableError } from '../events/errors.ts';
import { attribute, type CloudEvent } from '../events/event.ts';
import type { Log, LogFields } from '../events/log.ts';
import type { Metrics } from '../events/metrics.ts';
import type { Random } from '../events/random.ts';
import type { Attempt, Progress, Stage, Verdict } from '../events/verdict.ts';
import { classify } from './classify.ts';
import { errorAttributes, withoutUserinfo } from './dead-letter.ts';
import { deliveryMetrics, type DeliveryMetrics } from './delivery-metrics.ts';
import type { Address, Answer, Http, Message, Sender } from './http.ts';
import type { Failure, Outcome } from './outcome.ts';
import type { DeliveryPolicy } from './policy.ts';
import { answerKept, UNTRIED } from './progress.ts';
import { requestsTo } from './request.ts';
import { verdict } from './verdict.ts';

/** An address of a trigger. `broker`: it is itself a Broker or Channel, so the hop count goes with the event. */
export interface Target extends Address {
  readonly broker: boolean;
}

/** What is needed to deliver for one trigger. */
export interface TriggerTarget {
  readonly namespace: string;
  readonly name: string;
  readonly broker: string;
  readonly subscriber: Target;
  readonly deadLetterSink?: Target;
  readonly policy: DeliveryPolicy;
  /** How many deliveries are handed in at once at most. */
  readonly inFlight: number;
  /** As whom the subscriber consented to be sent to: each request names it. [CloudEvents HTTP webhook 4.1] */
  readonly origin?: string;
}

/** What delivering needs of the world. */
export interface DeliverPorts {
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  /**
   * Stores a reply on the trigger's broker, which may pass `hops` more; resolves when it is durable. Rejects `RefusedError` or `UnavailableError`: the delivery is a failed attempt.
   */
  reply(event: CloudEvent, hops: number): Promise<void>;
}

/** One delivery in, its verdict out: what a channel's `consume` calls. `release` only when the process is stopping. Throwing is a bug. */
export interface Delivering extends Disposable {
  readonly handle: (delivery: { readonly entry: Entry; readonly progress?: Progress }) => Promise<Verdict>;
}

interface Receiver {
  readonly sender: Sender;
  readonly request: (entry: Entry, progress: Progress) => Message;
}

const DONE: Verdict = { kind: 'done' };
const RELEASE: Verdict = { kind: 'release' };

/**
 * Delivers for one trigger: one attempt per call, to the subscriber or, once that was given up, to the dead letter sink. Disposing gives its connections back; what is in flight goes on.
 * A reply whose hops are exhausted rests in the trigger's dead-letter store. Throws `RefusedError` for an address that cannot be one. [Knative data plane; D4, D10, D11, D12]
 */
export function deliver(trigger: TriggerTarget, ports: DeliverPorts): Delivering {
  const receivers: Readonly<Partial<Record<Stage, Receiver>>> = {
    subscriber: subscriberOf(trigger, ports.http),
    ...(trigger.deadLetterSink && { 'dead-letter-sink': sinkOf(trigger, trigger.deadLetterSink, ports.http) }),
  };
  const metrics = deliveryMetrics(ports.metrics, {
    namespace: trigger.namespace,
    broker: trigger.broker,
    trigger: trigger.name,
  });
  return {
    handle: (delivery) => attempt(delivery.entry, delivery.progress ?? UNTRIED, { trigger, ports, metrics, receivers }),
    [Symbol.dispose]() {
      for (const receiver of Object.values(receivers)) receiver.sender[Symbol.dispose]();
    },
  };
}

interface Circumstances {
  readonly trigger: TriggerTarget;
  readonly ports: DeliverPorts;
  readonly metrics: DeliveryMetrics;
  readonly receivers: Readonly<Partial<Record<Stage, Receiver>>>;
}

/** Without `async`, as every delivery passes here and nearly all end in `delivered` with nothing more to wait for. */
function attempt(entry: Entry, progress: Progress, about: Circumstances): Promise<Verdict> {
  const receiver = about.receivers[progress.stage];
  if (receiver)
    return receiver.sender.post(receiver.request(entry, progress)).then((answer) => {
      if (answer.kind === 'aborted') return RELEASE;
      const nowMs = about.ports.clock.now();
      // Nobody asked a sink for a reply: what it answers with a 2xx is not looked at.
      const outcome = classify(answer, { nowMs, replies: progress.stage === 'subscriber' });
      const answered = { entry, progress, answer, nowMs };
      return outcome.kind === 'delivered' && outcome.reply
        ? replied({ ...outcome, reply: outcome.reply }, answered, about)
        : judged(outcome, answered, about);
    });
  // The sink was there when the delivery was handed on to it, and has been taken out of the trigger since.
  const reason = `${progress.reason ?? 'given up'}; no dead letter sink`;
  return Promise.resolve(unsent(entry, { ...progress, reason }, about));
}

interface Answered {
  readonly entry: Entry;
  readonly progress: Progress;
  readonly answer: Exclude<Answer, { kind: 'aborted' }>;
  readonly nowMs: number;
}

/** Delivered, with a reply: it must be stored before that counts. */
async function replied(
  outcome: Outcome & { readonly reply: CloudEvent },
  answered: Answered,
  about: Circumstances,
): Promise<Verdict> {
  const { entry, progress, answer, nowMs } = answered;
  if (entry.hops <= 1) {
    about.metrics.attempted(outcome, answer.tookMs);
    const rests = { ...entry, event: outcome.reply, hops: 0, receivedAtMs: nowMs };
    return unsent(rests, { ...progress, reason: 'hops-exhausted' }, about);
  }
  const stored = await store(outcome.reply, entry.hops - 1, about.ports);
  if (stored === 'stopping') return RELEASE;
  return judged(stored ?? outcome, { ...answered, nowMs: about.ports.clock.now() }, about);
}

function judged(outcome: Outcome, answered: Answered, about: Circumstances): Verdict {
  const { metrics } = about;
  const { entry, progress, answer, nowMs } = answered;
  const { stage } = progress;
  metrics.attempted(outcome, answer.tookMs);
  const result =
    outcome.kind === 'delivered'
      ? DONE
      : judge(outcome, { entry, progress, attempt: attemptOf(answer, outcome, { stage, atMs: nowMs }) }, about);
  metrics.judged(result, { stage, tookMs: nowMs - entry.receivedAtMs });
  return result;
}

/** Failed: what becomes of it, in one log line. */
function judge(
  outcome: Failure,
  failed: { readonly entry: Entry; readonly progress: Progress; readonly attempt: Attempt },
  about: Circumstances,
): Verdict {
  const { entry, progress, attempt } = failed;
  const { ports, trigger } = about;
  const sink = about.receivers['dead-letter-sink'] !== undefined;
  const result = verdict(outcome, { policy: trigger.policy, progress, attempt, sink, random: ports.random });
  const handedOn =
    result.kind === 'dead-letter' || (result.kind === 'wait' && result.progress.stage !== progress.stage);
  ports.log.warn(handedOn ? 'delivery.dead-lettered' : 'delivery.failed', {
    ...identity(entry, trigger),
    stage: progress.stage,
    attempt: progress.attempts + 1,
    status: attempt.status,
    error: attempt.error,
    tookMs: attempt.tookMs,
    verdict: result.kind,
    delayMs: result.kind === 'wait' && !handedOn ? result.delayMs : undefined,
    to: handedOn ? (result.kind === 'dead-letter' ? 'store' : 'sink') : undefined,
    reason: handedOn && 'progress' in result ? result.progress.reason : undefined,
  });
  return result;
}

/** Given up without an attempt: `entry` rests, the delivered one or a reply to it. */
function unsent(entry: Entry, progress: Progress, about: Circumstances): Verdict {
  const result: Verdict = { kind: 'dead-letter', progress, entry };
  about.metrics.judged(result, { stage: progress.stage, tookMs: about.ports.clock.now() - entry.receivedAtMs });
  about.ports.log.warn('delivery.dead-lettered', {
    ...identity(entry, about.trigger),
    stage: progress.stage,
    verdict: result.kind,
    to: 'store',
    reason: progress.reason,
  });
  return result;
}

function identity(entry: Entry, trigger: TriggerTarget): LogFields {
  return {
    trigger: `${trigger.namespace}/${trigger.name}`,
    broker: trigger.broker,
    id: attribute(entry.event, 'id'),
    source: attribute(entry.event, 'source'),
  };
}

/** Undefined when it is stored; `stopping` when the broker cannot as the process ends: the delivery comes again and the reply with it. */
async function store(reply: CloudEvent, hops: number, ports: DeliverPorts): Promise<Failure | 'stopping' | undefined> {
  try {
    await ports.reply(reply, hops);
    return undefined;
  } catch (error) {
    if (!(error instanceof RefusedError) && !(error instanceof UnavailableError)) throw error;
    if (error.code === 'shutting-down' || error.code === 'channel-closed') return 'stopping';
    return { kind: 'retryable', reason: `reply: ${error.code}` };
  }
}

/** An attempt as it is remembered: a status only if that is what failed; a reply that could not be taken came with a 2xx. */
function attemptOf(
  answer: Exclude<Answer, { kind: 'aborted' }>,
  outcome: Failure,
  when: { readonly stage: Stage; readonly atMs: number },
): Attempt {
  const { stage, atMs } = when;
  const { tookMs } = answer;
  if (answer.kind === 'error') return { stage, atMs, tookMs, error: answer.error };
  if (answer.status >= 200 && answer.status < 300) return { stage, atMs, tookMs, error: outcome.reason };
  const said = answerKept(answer.body);
  return said === undefined
    ? { stage, atMs, tookMs, status: answer.status }
    : { stage, atMs, tookMs, status: answer.status, answer: said };
}

function subscriberOf(trigger: TriggerTarget, http: Http): Receiver {
  const { subscriber, policy, namespace, inFlight, origin } = trigger;
  const headers = ['prefer', 'reply', 'kn-namespace', namespace];
  if (origin !== undefined) headers.push('webhook-request-origin', origin);
  const request = requestsTo({
    format: policy.format,
    timeoutMs: policy.timeoutMs,
    broker: subscriber.broker,
    headers,
  });
  return { sender: http.open(subscriber, inFlight), request: (entry) => request(entry) };
}

function sinkOf(trigger: TriggerTarget, sink: Target, http: Http): Receiver {
  const { subscriber, policy, namespace, inFlight } = trigger;
  const dest = withoutUserinfo(subscriber.url);
  const request = requestsTo({
    format: policy.format,
    timeoutMs: policy.timeoutMs,
    broker: sink.broker,
    headers: ['kn-namespace', namespace],
  });
  return {
    sender: http.open(sink, inFlight),
    request: (entry, progress) => request(entry, errorAttributes(dest, progress)),
  };
}
