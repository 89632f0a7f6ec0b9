import { onTestFinished } from 'vitest';
import { listen } from '../../broker/listener.ts';
import { eventSink, type Failing, type Received } from '../../cli/sink.ts';

/** A subscriber on a free port that remembers what it got. */
export interface Subscriber {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves with the first request that is like this, arrived already or not. */
  first(like: (what: Received) => boolean): Promise<Received>;
}

/** Starts one; those of `failing` are refused as often as it says. Closed with the test. */
export async function subscriber(failing: Failing = new Map()): Promise<Subscriber> {
  const received: Received[] = [];
  const waiting: (() => void)[] = [];
  const server = eventSink(failing, (what) => {
    received.push(what);
    for (const wake of waiting.splice(0)) wake();
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = await listen(server, { host: '127.0.0.1', port: 0 }, '--listen');
  return {
    url,
    received,
    async first(like) {
      for (;;) {
        const found = received.find(like);
        if (found) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}
