import { quoted, RefusedError } from '../../events/errors.ts';

/** What one broker may have of its own: bytes it may store (by default its equal share of the volume), and its retention. */
export interface BrokerLimits {
  readonly quotaBytes?: number | (() => number);
  readonly retentionMs?: number;
  readonly retentionBytes?: number;
}

const NUMBERS = new Set(['quotaBytes', 'retentionMs', 'retentionBytes']);

/** Reads a broker's config, the numbers of `BrokerLimits`; nothing at all is fine. Throws `resource-invalid`. */
export function brokerLimits(config: unknown): BrokerLimits {
  if (config === undefined || config === null) return {};
  if (typeof config !== 'object') throw invalid('config', config);
  for (const [name, value] of Object.entries(config)) {
    if (!NUMBERS.has(name) || typeof value !== 'number' || !(value >= 0)) throw invalid(name, value);
  }
  return { ...config };
}

function invalid(path: string, value: unknown): RefusedError {
  const known = [...NUMBERS].join(', ');
  return new RefusedError(
    'resource-invalid',
    `${path}: ${quoted(value)} is no setting of an embedded channel; it knows ${known}, each a number`,
    { path },
  );
}
