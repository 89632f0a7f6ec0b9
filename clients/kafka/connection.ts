import type { KafkaNet } from '../../crds/kafka-net.ts';
import type { SecretReference } from '../../crds/secret-reference.ts';
import { RefusedError, quoted } from '../../events/errors.ts';

/** Where a Kafka cluster is, and as whom it is spoken to. Holds secrets: never into a message or a log. */
export interface KafkaConnection {
  /** `host:port`. */
  readonly brokers: readonly string[];
  /** PEM. Empty: TLS that trusts whom the machine trusts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string };
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** How a user and a password are shown. */
export type SaslMechanism = (typeof MECHANISMS)[number];

/** The connection that `bootstrapServers` and `net` describe, with `secrets` by `<name>/<key>`. Throws `secret-missing`, `resource-unsupported` (the mechanism). */
export function kafkaConnection(
  spec: { readonly bootstrapServers: readonly string[]; readonly net?: KafkaNet },
  secrets: ReadonlyMap<string, string>,
  at = 'spec.net',
): KafkaConnection {
  const { sasl, tls } = spec.net ?? {};
  const value = (path: string, reference: SecretReference | undefined): string => {
    const found = reference && secrets.get(`${reference.secretKeyRef.name}/${reference.secretKeyRef.key}`);
    if (found !== undefined && found !== '') return found;
    const what = reference ? `key ${reference.secretKeyRef.key} of Secret ${reference.secretKeyRef.name}` : 'the value';
    throw new RefusedError('secret-missing', `${at}.${path}: ${what} is not there or empty; add it`, {
      path: `${at}.${path}`,
    });
  };
  return {
    brokers: spec.bootstrapServers,
    ...(tls?.enable === true && {
      tls: {
        ...(tls.caCert && { ca: value('tls.caCert', tls.caCert) }),
        ...(tls.cert && { cert: value('tls.cert', tls.cert) }),
        ...(tls.key && { key: value('tls.key', tls.key) }),
      },
    }),
    ...(sasl?.enable === true && {
      sasl: {
        mechanism: saslMechanism(sasl.type ? value('sasl.type', sasl.type) : 'PLAIN', `${at}.sasl.type`),
        username: value('sasl.user', sasl.user),
        password: value('sasl.password', sasl.password),
      },
    }),
  };
}

/** A mechanism by its name. Throws `resource-unsupported`. */
export function saslMechanism(name: string, path: string): SaslMechanism {
  const mechanism = MECHANISMS.find((known) => known === name.trim().toUpperCase());
  if (mechanism) return mechanism;
  // It comes out of a Secret: quoted only where it is surely no other key's value.
  const found = /^(OAUTHBEARER|GSSAPI|AWS_MSK_IAM)$/i.test(name.trim()) ? `is ${quoted(name.trim())}` : 'is another';
  throw new RefusedError('resource-unsupported', `${path}: ${found}; served are ${MECHANISMS.join(', ')}`, { path });
}
