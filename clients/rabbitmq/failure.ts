import { RefusedError, UnavailableError, quoted, type ErrorCode } from '../../events/errors.ts';
import type { RabbitmqAddress } from './address.ts';

/** Whom something went wrong with, and the code it has for who asked. */
export interface RabbitmqWhere {
  readonly address: Pick<RabbitmqAddress, 'secret' | 'host' | 'port' | 'vhost'>;
  readonly code: ErrorCode;
}

/** What people can do about a reply code. [AMQP 0-9-1 reply codes] */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [320, 'it is tried again'],
  [403, 'check username and password, and what the user may do in this vhost'],
  [404, 'declare it, or correct its name'],
  [405, 'somebody else holds it as exclusive'],
  [406, 'write what is there already, name another, or set predeclared'],
]);

/** What went wrong at a RabbitMQ, in our words: the server's own text where it gave one. What is an error of ours already stays as it is. */
export function rabbitmqFailure(error: unknown, where: RabbitmqWhere): Error {
  if (error instanceof RefusedError || error instanceof UnavailableError) return error;
  const { secret, host, port, vhost } = where.address;
  const said = saidBy(error, vhost);
  const advice = TIMED_OUT.test(said.text)
    ? 'it is delivered again'
    : (ADVICE.get(said.code ?? 0) ?? 'it is tried again');
  return new UnavailableError(where.code, `RabbitMQ at ${host}:${port} (Secret ${secret}): ${said.text}; ${advice}`, {
    cause: error,
  });
}

// `consumer_timeout`: a message was held for longer than the server allows. It has the code of what is declared otherwise.
const TIMED_OUT = /delivery acknowledgement .* timed out/;

interface Said {
  readonly code: number | undefined;
  readonly text: string;
}

function saidBy(error: unknown, vhost: string): Said {
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
  // `Operation failed: QueueDeclare; 404 (NOT-FOUND) with message "NOT_FOUND - no queue 'q' in vhost '/'"`, and alike.
  const reply = /(\d{3}) \([A-Z-]+\) with message "(.*)"$/s.exec(message);
  if (reply) return { code: Number(reply[1]), text: (reply[2] ?? '').replace(/[.\s]+$/, '') };
  // amqplib does not show why the server closes instead of opening; what it then says is always about the vhost.
  if (message.startsWith('Expected ConnectionOpenOk'))
    return { code: 403, text: `it does not open vhost ${quoted(vhost)}: there is none, or this user may not use it` };
  // Several addresses of one name were tried: that error has a code, and no text.
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { code: undefined, text: message === '' ? (code ?? 'the connection failed') : message };
}
