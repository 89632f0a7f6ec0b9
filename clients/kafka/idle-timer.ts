import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
}
type Schedule = (this: RequestQueue) => void;

/** Marks what was replaced already. */
const PATCHED = Symbol('weir: looks at pending requests only while there are any');

/**
 * kafkajs looks at its pending requests every millisecond for as long as a connection lives, whether there are any or not: 1.3 % of a core for each, and a process-wide warning of Node about negative delays.
 * After this it looks while there are some. Idempotent. Throws if kafkajs is not what it was: this replaces a method that it does not publish.
 */
export function quietIdleTimer(load: (path: string) => unknown = createRequire(import.meta.url)): void {
  const prototype = prototypeOf(load('kafkajs/src/network/requestQueue/index.js'));
  if (Object.hasOwn(prototype, PATCHED)) return;
  const original = prototype.scheduleCheckPendingRequests;
  Object.defineProperty(prototype, PATCHED, { value: true });
  prototype.scheduleCheckPendingRequests = function scheduleCheckPendingRequests() {
    if (this.pending.length > 0) original.call(this);
  };
}

function prototypeOf(loaded: unknown): { scheduleCheckPendingRequests: Schedule } {
  const prototype: unknown = typeof loaded === 'function' ? loaded.prototype : undefined;
  if (!isQueue(prototype)) throw new TypeError('kafkajs has no RequestQueue.scheduleCheckPendingRequests any more');
  return prototype;
}

function isQueue(value: unknown): value is { scheduleCheckPendingRequests: Schedule } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'scheduleCheckPendingRequests' in value &&
    typeof value.scheduleCheckPendingRequests === 'function'
  );
}
