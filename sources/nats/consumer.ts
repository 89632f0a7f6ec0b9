import type { ConsumerConfig } from '@nats-io/jetstream';
import type { NatsStream } from '../../crds/nats-jet-stream-source.ts';
import { durationMs } from '../../events/duration.ts';
import { RefusedError } from '../../events/errors.ts';
import type { NatsConsumer, NatsLink } from './link.ts';

const POLICIES = {
  all: 'all',
  new: 'new',
  last: 'last',
  lastPerSubject: 'last_per_subject',
  byStartSequence: 'by_start_sequence',
  byStartTime: 'by_start_time',
} as const;

/**
 * The consumer that is read: created if it is missing, else brought to what the spec says; what the spec leaves out stays. Never with a limit of deliveries: what was delivered that often would be lost. One that
 * is created begins behind `settled`, the last sequence of this very stream that this source knows to be settled: the server lost the consumer.
 * Rejects `resource-invalid` for a consumer that cannot be read like that.
 */
export async function openConsumer(
  link: NatsLink,
  spec: NatsStream & { readonly consumer: string },
  settled: number | undefined,
): Promise<NatsConsumer & { readonly created: boolean }> {
  const { stream, consumer: name } = spec;
  const found = await link.config(stream, name);
  if (!found) {
    await link.create(stream, { ...created(spec, settled), durable_name: name });
  } else {
    check(found, spec);
    const changes = changed(found, spec);
    if (changes) await link.update(stream, name, changes);
  }
  return { ...(await link.consumer(stream, name)), created: !found };
}

/** How far a stream is settled, as it is saved; undefined for a position that is another stream's. */
export interface SettledText {
  readonly read: (position: string | undefined) => number | undefined;
  readonly text: (settled: number) => string;
}

/** The positions of a stream: one that is made anew under its name has others. Pure. */
export function settledText(name: string, { created, last }: Awaited<ReturnType<NatsLink['stream']>>): SettledText {
  const text = (settled: number): string => `${settled} ${name} ${created}`;
  return {
    text,
    read: (position = '') => {
      const settled = Number(position.split(' ')[0]);
      return position === text(settled) && settled <= last ? settled : undefined;
    },
  };
}

/** What a consumer is created with. Pure. */
export function created(spec: NatsStream, settled: number | undefined): Partial<ConsumerConfig> {
  const { deliverPolicy = 'all', startSequence, startTime } = spec;
  const start: Pick<ConsumerConfig, 'deliver_policy' | 'opt_start_seq' | 'opt_start_time'> =
    settled === undefined
      ? {
          deliver_policy: POLICIES[deliverPolicy],
          ...(startSequence === undefined ? {} : { opt_start_seq: startSequence }),
          ...(startTime === undefined ? {} : { opt_start_time: startTime }),
        }
      : { deliver_policy: POLICIES.byStartSequence, opt_start_seq: settled + 1 };
  return { ack_policy: 'explicit', max_deliver: -1, ack_wait: 30e9, max_ack_pending: 1000, ...start, ...wanted(spec) };
}

/** What is to be changed of a consumer that is there; undefined: nothing. Pure. */
export function changed(found: ConsumerConfig, spec: NatsStream): Partial<ConsumerConfig> | undefined {
  const subjects = found.filter_subjects ?? (found.filter_subject ? [found.filter_subject] : []);
  const has: Partial<ConsumerConfig> = { ...found, filter_subjects: subjects };
  const changes = Object.entries({ max_deliver: -1, ...wanted(spec) }).filter(
    ([field, value]) =>
      JSON.stringify(Object.entries(has).find(([name]) => name === field)?.[1]) !== JSON.stringify(value),
  );
  if (changes.length === 0) return undefined;
  // Two ways to say one thing: the server takes only one of them.
  return { ...Object.fromEntries(changes), ...(spec.filterSubjects ? { filter_subject: '' } : {}) };
}

function wanted({ filterSubjects, ackWait, maxAckPending }: NatsStream): Partial<ConsumerConfig> {
  return {
    ...(filterSubjects ? { filter_subjects: [...filterSubjects] } : {}),
    ...(ackWait === undefined ? {} : { ack_wait: (durationMs(ackWait) ?? 0) * 1e6 }),
    ...(maxAckPending === undefined ? {} : { max_ack_pending: maxAckPending }),
  };
}

function check(found: ConsumerConfig, { stream, consumer }: NatsStream): void {
  const wrong =
    found.ack_policy !== 'explicit'
      ? `acknowledges ${found.ack_policy}; its ack policy must be explicit`
      : found.deliver_subject
        ? 'is a push consumer; it must be a pull consumer'
        : undefined;
  if (wrong !== undefined)
    throw new RefusedError(
      'resource-invalid',
      `spec.consumer: consumer ${consumer} of stream ${stream} ${wrong}, or name another, which is then created`,
      { path: 'spec.consumer' },
    );
}
