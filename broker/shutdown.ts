import type { Server } from 'node:http';
import { pause, type Clock } from '../events/clock.ts';
import type { Log } from '../events/log.ts';

/** What is stopped, in the order in which it is. */
export interface ShutdownParts {
  readonly clock: Clock;
  readonly log: Log;
  /** From now until attempts that still run are given up. */
  readonly drainMs: number;
  readonly ingress: Server;
  readonly admin: Server;
  /** Resolves when their positions are saved. */
  readonly stopSources: () => Promise<void>;
  /** Resolves when nothing is in flight any more and what is known is on disk. */
  readonly closeBrokers: () => Promise<void>;
  /** Gives up the attempts that run: their deliveries are released. */
  readonly giveUpAttempts: () => Promise<void>;
  /** What has nothing left to do, last first. */
  readonly disposeRest: () => Promise<void>;
}

const POLL_MS = 50;

/** Carries the shutdown out: drain requests, stop sources, let attempts finish until the deadline, flush. What was accepted is on disk at every moment of it. */
export async function shutDown(parts: ShutdownParts): Promise<void> {
  const { clock, log } = parts;
  const deadlineMs = clock.now() + parts.drainMs;
  log.info('shutdown.began', { deadlineMs: parts.drainMs });
  await closeServer(parts.ingress, parts.clock, deadlineMs);
  await parts.stopSources();
  const closed = new AbortController();
  const deadline = pause(clock, Math.max(deadlineMs - clock.now(), 0), closed.signal).then(async () => {
    if (closed.signal.aborted) return;
    log.warn('shutdown.attempts-released', {});
    await parts.giveUpAttempts();
  });
  await parts.closeBrokers();
  closed.abort();
  await deadline;
  await parts.giveUpAttempts();
  await closeServer(parts.admin, parts.clock, clock.now());
  await parts.disposeRest();
  log.info('shutdown.done', {});
}

/** Takes no new connection, lets requests finish until the deadline, then cuts what is left. */
async function closeServer(server: Server, clock: Clock, deadlineMs: number): Promise<void> {
  const closed = new AbortController();
  const closing = new Promise<void>((resolve) => {
    server.close(() => {
      closed.abort();
      resolve();
    });
  });
  while (!closed.signal.aborted && clock.now() < deadlineMs) {
    // A connection that was busy a moment ago may be idle now, and would be kept alive.
    server.closeIdleConnections();
    await pause(clock, POLL_MS, closed.signal);
  }
  server.closeAllConnections();
  await closing;
}
