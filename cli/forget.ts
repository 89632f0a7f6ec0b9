import { z } from 'zod';
import { RefusedError, quoted } from '../events/errors.ts';
import { AdminClient, type AskOptions } from './client.ts';
import { DONE } from './failure.ts';
import { subscriptions } from './get.ts';
import { visible, type Terminal } from './output.ts';

/** The flags of `weir forget`. */
export interface ForgetFlags extends AskOptions {
  readonly namespace?: string;
  readonly json?: boolean;
}

const answer = z.object({ forgotten: z.string() });

/** Drops what a trigger has not delivered. Exit code 1 if nothing is kept of it. */
export async function forgetCommand(trigger: string, flags: ForgetFlags, terminal: Terminal): Promise<number> {
  const [, given, name] = /^(?:([^/]+)\/)?([^/]+)$/.exec(trigger) ?? [];
  if (name === undefined) throw new RefusedError('usage', `${quoted(trigger)}: is not NAME or NAMESPACE/NAME`);
  const namespace = given ?? flags.namespace ?? 'default';
  const client = await AdminClient.of(flags);
  const kept = (await subscriptions(client)).get(`${namespace}/${name}`);
  if (!kept)
    throw new RefusedError(
      'subscription-unknown',
      `trigger ${quoted(`${namespace}/${name}`)}: nothing is kept of it; \`weir get triggers\` lists those there are`,
    );
  const path = [kept.namespace, kept.broker, name].map(encodeURIComponent);
  const { forgotten } = await client.post(
    `/api/v1/brokers/${path[0] ?? ''}/${path[1] ?? ''}/triggers/${path[2] ?? ''}/forget`,
    answer,
  );
  terminal.out.write(
    flags.json === true
      ? `${JSON.stringify({ forgotten, events: kept.backlog })}\n`
      : `${visible(forgotten)}: ${kept.backlog} events dropped\n`,
  );
  return DONE;
}
