import { RefusedError } from '../../events/errors.ts';
import { saslMechanism, type KafkaConnection } from './connection.ts';

const PROTOCOLS = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SSL', 'SASL_SSL'] as const;

/** The connection that a Secret in Knative's format describes, with `secrets` by `<name>/<key>`. Throws `secret-missing`, `resource-unsupported` (the mechanism), `resource-invalid` (the protocol). [Knative Kafka auth secret] */
export function authSecretConnection(
  brokers: readonly string[],
  { name, path }: { readonly name: string; readonly path: string },
  secrets: ReadonlyMap<string, string>,
): KafkaConnection {
  const held = (key: string): string | undefined => secrets.get(`${name}/${key}`) || undefined;
  const needed = (key: string): string => {
    const value = held(key);
    if (value !== undefined) return value;
    throw new RefusedError('secret-missing', `${path}: key ${key} of Secret ${name} is not there or empty; add it`, {
      path,
    });
  };
  const protocol = PROTOCOLS.find((known) => known === needed('protocol').trim());
  if (!protocol)
    throw new RefusedError(
      'resource-invalid',
      `${path}: key protocol of Secret ${name} is another; write one of ${PROTOCOLS.join(', ')}`,
      { path },
    );
  const ca = held('ca.crt');
  const pair = held('user.crt') === undefined ? undefined : { cert: needed('user.crt'), key: needed('user.key') };
  return {
    brokers,
    ...(protocol.endsWith('SSL') && { tls: { ...(ca === undefined ? {} : { ca }), ...pair } }),
    ...(protocol.startsWith('SASL') && {
      sasl: {
        mechanism: saslMechanism(held('sasl.mechanism') ?? 'PLAIN', `${path}: key sasl.mechanism of Secret ${name}`),
        username: needed('user'),
        password: needed('password'),
      },
    }),
  };
}
