import { pause } from '../../events/clock.ts';
import type { CloudEvent } from '../../events/event.ts';
import { offer, type OfferPorts } from '../offer.ts';
import type { Source, SourceContext } from '../source.ts';
import { type SqsLink, type SqsMessage, type SqsServer, sqsLink } from './sqs-link.ts';
import { sourceKey } from '../source-key.ts';

/** How often it is asked how many messages wait. */
const LOOK_MS = 10_000;
/** How long after abort what was accepted may still be deleted, and what was not be given back. */
const FINISH_MS = 900;

/** Which queue, by how many polls at a time, and what its messages are. */
export interface SqsConfig extends OfferPorts {
  readonly server: SqsServer;
  readonly receivers: number;
  /** The events of a message, dead letters among them; must not throw. None: it is deleted, and that was it. */
  readonly read: (message: SqsMessage) => readonly CloudEvent[];
}

/**
 * Emits what the messages of a queue tell. Each receiver polls on while what it fetched is emitted (one emit for up to ten messages), so at most twenty messages per receiver are under way; while they are not
 * accepted they are kept from others, and deleted only after. What is not accepted when the source stops is given back at once. Rejects when SQS does not do what it is asked. Position: the queue's.
 */
export const sqsQueue: Source<SqsConfig> = async (config, context) => {
  using link = await sqsLink(config.server, config.clock);
  const late = new AbortController();
  const finish = (): void => void (cancel = config.clock.after(FINISH_MS, () => late.abort()));
  let cancel = (): void => undefined;
  context.signal.addEventListener('abort', finish, { once: true });
  const cut = new Promise<void>((resolve) => late.signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([run(link, config, context), cut]);
  } finally {
    context.signal.removeEventListener('abort', finish);
    cancel();
  }
};

async function run(link: SqsLink, config: SqsConfig, context: SourceContext): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const receiver = async (): Promise<void> => {
    let handling: Promise<void> = Promise.resolve();
    try {
      while (!signal.aborted) {
        const messages = await link.receive(signal);
        await handling;
        if (messages.length === 0) continue;
        handling = handle(messages, { ...context, link, config, signal });
        // Whoever polls must not wait for the next message to learn that these failed.
        handling.catch(() => failed.abort());
      }
    } finally {
      await handling;
    }
  };
  const look = async (): Promise<void> => {
    while (!signal.aborted) {
      const lag = await link.waiting();
      context.tell(lag === undefined ? {} : { lag });
      await pause(config.clock, LOOK_MS, signal);
    }
  };
  const tasks = [look(), ...Array.from({ length: config.receivers }, receiver)];
  try {
    await Promise.all(tasks);
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    failed.abort();
    await Promise.allSettled(tasks);
  }
}

interface Handling extends Pick<SourceContext, 'emit' | 'tell' | 'signal'> {
  readonly link: SqsLink;
  readonly config: SqsConfig;
}

/** Resolves when all that these messages tell is accepted, and they are deleted. */
async function handle(messages: readonly SqsMessage[], { link, config, emit, tell, signal }: Handling): Promise<void> {
  const settled = new AbortController();
  const held = hold(messages, { link, config }, settled.signal);
  try {
    const told = messages.map((message) => config.read(message));
    const nothing = told.filter((events) => events.length === 0).length;
    if (nothing < messages.length) await offer(told.flat(), { emit, signal }, config);
    if (nothing > 0) tell({ skipped: nothing });
  } catch (error) {
    // So that the next process need not wait until they are visible again.
    await link.hold(messages, 0).catch(() => undefined);
    throw error;
  } finally {
    settled.abort();
    await held;
  }
  const left = await link.remove(messages);
  // They come again, with the same ids.
  if (left > 0) config.log.warn('source.not-deleted', { source: named(config), messages: left });
}

/** Extends their visibility twice in its time, until they are settled. What cannot be extended comes again: that is no failure of this source. */
async function hold(
  messages: readonly SqsMessage[],
  { link, config }: Pick<Handling, 'link' | 'config'>,
  settled: AbortSignal,
): Promise<void> {
  const { visibilityTimeout } = config.server;
  for (;;) {
    await pause(config.clock, (visibilityTimeout * 1000) / 2, settled);
    if (settled.aborted) return;
    await link.hold(messages, visibilityTimeout).catch((error: unknown) => {
      config.log.warn('source.not-held', { source: named(config), messages: messages.length, error: String(error) });
    });
  }
}

function named({ namespace, kind, name }: SqsConfig): string {
  return sourceKey({ namespace, kind, name });
}
