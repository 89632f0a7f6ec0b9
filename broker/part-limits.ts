import type { EmbeddedOptions } from '../channels/embedded/options.ts';
import type { Settings } from '../channels/log/state.ts';
import type { MemoryLimits } from '../channels/memory/memory-channel.ts';
import type { HttpLimits } from '../triggers/http.ts';
import type { Limits } from './limits.ts';

/** An event in binary mode has its attributes in the headers; what the process itself publishes has 16 MiB. */
const EVENT_BYTES_MIN = 16 * 1024 * 1024;

/** What of the limits is the embedded log's. */
export function embeddedOptions(limits: Limits): Partial<EmbeddedOptions> {
  const { appendQueueBytes, segmentBytes, reserveBytes, volumeShare, retentionMs, retentionBytes } = limits;
  const eventBytesMax = Math.max(EVENT_BYTES_MIN, largestEvent(limits));
  return {
    eventBytesMax,
    // The log adds some bytes to each event, and what ingress lets in must fit.
    queueBytes: Math.max(appendQueueBytes, eventBytesMax),
    segmentBytes,
    reserveBytes,
    volumeShare,
    retentionMs,
    retentionBytes,
  };
}

/** What of the limits is that of the engine over a log. */
export function engineSettings(limits: Limits): Partial<Settings> {
  return {
    queueEntries: limits.triggerQueueEntries,
    // One trigger may not have more of what all share.
    queueBytes: Math.min(limits.triggerQueueBytes, limits.bodyMemoryBytes / 8),
    rowsMax: limits.triggerRows,
    dueRows: limits.triggerDueRows,
    deadLetters: limits.deadLetters,
    deadLetterBytes: limits.deadLetterBytes,
  };
}

/** What of the limits is a memory channel's. */
export function memoryLimits(limits: Limits): MemoryLimits {
  return {
    bytesMax: limits.memoryChannelBytes,
    retainedMax: limits.memoryChannelRetained,
    deadLettersMax: limits.memoryChannelDeadLetters,
    deadLetterBytesMax: limits.memoryChannelDeadLetterBytes,
    eventBytesMax: largestEvent(limits),
  };
}

/** What of the limits is that of the client all triggers send through. */
export function httpLimits(limits: Limits): HttpLimits {
  return {
    socketsMax: limits.sockets,
    idleMs: limits.idleOriginMs,
    replyBytesMax: limits.replyBytes,
    errorBytesMax: limits.errorBytes,
  };
}

function largestEvent({ bodyBytes, replyBytes, headerBytes }: Limits): number {
  return Math.max(bodyBytes, replyBytes) + headerBytes;
}
