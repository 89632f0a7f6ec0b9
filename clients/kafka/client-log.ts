import type { Log, LogFields } from '../../events/log.ts';

/** A line of kafkajs, as its `logCreator` is given it; level 1 is ERROR, 2 WARN. */
export interface ClientLine {
  readonly level: number;
  readonly namespace: string;
  readonly log: { readonly message: string; readonly [field: string]: unknown };
}

const SHOWN = ['broker', 'groupId', 'topic', 'partition'] as const;

/**
 * What kafkajs says, in our log. Nearly all that it calls an error it also throws, or does again by itself (a rebalance, a topic that exists, a coordinator that is being found), so it is `debug`; where it goes on
 * silently after a loss it is `warn`. Only fields that are no secrets are taken over.
 */
export function clientLine(log: Log, who: string, { level, namespace, log: said }: ClientLine): void {
  const fields: Record<string, LogFields[string]> = { client: who, part: namespace, message: said.message };
  for (const name of SHOWN) {
    const value = said[name];
    if (typeof value === 'string' || typeof value === 'number') fields[name] = value;
  }
  if (level === 1 && said.message.startsWith('Offset out of range')) log.warn('kafka.client', fields);
  else log.debug('kafka.client', fields);
}
