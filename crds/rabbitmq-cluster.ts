import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { namespaceName, objectName } from './names.ts';
import { refuse } from './refusal.ts';
import type { SecretNeed } from './secret-reference.ts';

/** Where a RabbitMQ is and how to log in: a Secret of the same namespace. [Knative RabbitmqClusterReference] */
export interface RabbitmqClusterReference {
  readonly namespace?: string;
  /** The Secret with `username`, `password`, and `uri` or `host`; `port`, `ca.crt`, `tls.crt` and `tls.key` if it has them. */
  readonly connectionSecret: { readonly name: string };
}

/** What a connection secret must hold, and what it may: Knative's keys, those of the secret that RabbitMQ's cluster operator makes (`host`), and those of a TLS secret. */
const KEYS = [
  { key: 'username', optional: false },
  { key: 'password', optional: false },
  ...['uri', 'host', 'port', 'ca.crt', 'tls.crt', 'tls.key'].map((key) => ({ key, optional: true })),
];

const fields = z.strictObject({
  name: objectName.exactOptional(),
  namespace: namespaceName.exactOptional(),
  connectionSecret: z.strictObject({ name: objectName }).exactOptional(),
});

/** A RabbitmqClusterReference, checked. One by `name` is refused, with what to write instead. */
export const rabbitmqClusterReference: z.ZodType<RabbitmqClusterReference> = fields.transform(
  ({ name, connectionSecret, ...rest }, context): RabbitmqClusterReference => {
    if (name === undefined && connectionSecret) return { ...rest, connectionSecret };
    if (name === undefined)
      refuse(context, {
        found: 'names no Secret',
        allowed: 'write connectionSecret: {name: ...}, a Secret with the keys uri, username and password',
      });
    else if (connectionSecret)
      refuse(context, {
        found: 'stands beside connectionSecret',
        allowed: 'leave it out: the Secret says it all',
        at: ['name'],
      });
    else
      refuse(context, {
        found: `is ${quoted(name)}, and no RabbitmqCluster is looked up here`,
        allowed: `write connectionSecret: {name: ${name}-default-user}, the Secret its operator makes, or one of yours with the keys uri, username and password`,
        at: ['name'],
      });
    return z.NEVER;
  },
);

/** The values that are read of a connection secret. */
export function connectionSecretNeeds({ connectionSecret: { name } }: RabbitmqClusterReference): readonly SecretNeed[] {
  return KEYS.map(({ key, optional }) => ({ secretKeyRef: { name, key }, optional }));
}

/** Says what is wrong with a reference into another namespace than `namespace`. */
export function foreignNamespace(
  reference: RabbitmqClusterReference,
  namespace: string,
): { readonly found: string; readonly allowed: string } | undefined {
  if (reference.namespace === undefined || reference.namespace === namespace) return undefined;
  return {
    found: `is ${quoted(reference.namespace)}`,
    allowed: `secrets are read in the namespace of who names them (${namespace}): copy the Secret there, and leave this out`,
  };
}
