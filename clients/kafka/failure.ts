import { RefusedError, UnavailableError, type ErrorCode } from '../../events/errors.ts';

/** What kafkajs' errors carry beside their message. */
interface ClientError {
  /** Kafka's name of it: `TOPIC_AUTHORIZATION_FAILED`. */
  readonly type: string | undefined;
  readonly message: string;
}

const ADVICE: Readonly<Record<string, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'create the topic, or correct its name',
  TOPIC_AUTHORIZATION_FAILED: 'allow this user the topic',
  GROUP_AUTHORIZATION_FAILED: 'allow this user the consumer group',
  CLUSTER_AUTHORIZATION_FAILED: 'allow this user what it is about to do',
  SASL_AUTHENTICATION_FAILED: 'check user, password and mechanism',
};

/** What went wrong at a cluster, in our words; what is an error of ours already stays as it is. `code` is what it means to who asked, `topics` what it was about: Kafka does not say which of them. */
export function kafkaFailure(
  error: unknown,
  servers: readonly string[],
  { code, topics = [] }: { readonly code: ErrorCode; readonly topics?: readonly string[] },
): Error {
  if (error instanceof RefusedError || error instanceof UnavailableError) return error;
  const { type, message } = clientError(error);
  const advice = type === undefined ? undefined : ADVICE[type];
  const said = message.replace(/[.\s]+$/, '');
  const about = type?.includes('TOPIC') && topics.length > 0 ? ` (${topics.join(', ')})` : '';
  const where = `Kafka at ${servers.join(',')}${about}`;
  return new UnavailableError(code, `${where}: ${said}; ${advice ?? 'it is tried again'}`, { cause: error });
}

/** The innermost of nested errors that says what Kafka calls it, else the outermost. */
export function clientError(error: unknown): ClientError {
  let message: string | undefined;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    message ??= at.message;
    if (at.name === 'KafkaJSSASLAuthenticationError')
      return { type: 'SASL_AUTHENTICATION_FAILED', message: at.message };
    const type = 'type' in at && typeof at.type === 'string' ? at.type : undefined;
    if (type !== undefined && type !== 'UNKNOWN') return { type, message: at.message };
  }
  return { type: undefined, message: message ?? String(error) };
}
