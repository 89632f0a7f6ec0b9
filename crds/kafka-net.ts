import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';

/** How a Kafka server is spoken to. [Knative KafkaNetSpec] */
export interface KafkaNet {
  readonly sasl?: {
    readonly enable?: boolean;
    readonly user?: SecretReference;
    readonly password?: SecretReference;
    /** A key whose value is PLAIN (as without it), SCRAM-SHA-256 or SCRAM-SHA-512. */
    readonly type?: SecretReference;
  };
  readonly tls?: {
    readonly enable?: boolean;
    /** PEM: what the client shows of itself, with `key`. */
    readonly cert?: SecretReference;
    readonly key?: SecretReference;
    /** PEM: whom the client trusts; without it, whom the machine trusts. */
    readonly caCert?: SecretReference;
  };
}

const ADDRESS = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?):([0-9]{1,5})$/;

const server = z.string().superRefine((text, context) => {
  const port = Number(ADDRESS.exec(text)?.[3] ?? 0);
  // What holds an @ may hold a password.
  if (port < 1 || port > 65_535)
    refuse(context, {
      found: text.includes('@') ? 'holds a user' : `is ${quoted(text)}`,
      allowed: 'write host:port; user and password belong in net.sasl',
    });
});

/** `host:port` of the servers that are asked first for all others. */
export const bootstrapServers: z.ZodType<readonly string[]> = z.array(server).superRefine((servers, context) => {
  if (servers.length === 0) refuse(context, { found: 'is empty', allowed: 'name at least one server as host:port' });
});

/** A topic's name. [Kafka Topic.validate] */
export const topicName: z.ZodType<string> = z.string().superRefine((text, context) => {
  if (!/^[\w.-]{1,249}$/.test(text) || text === '.' || text === '..')
    refuse(context, {
      found: `is ${quoted(text)}`,
      allowed: 'write at most 249 letters, digits, ".", "_" and "-"',
    });
});

const notServed = (mechanism: string): z.ZodExactOptional<z.ZodUnknown> =>
  z
    .unknown()
    .superRefine((_, context) => {
      refuse(context, {
        found: `asks for ${mechanism}`,
        allowed: 'that is not served; leave it out, and use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512',
      });
    })
    .exactOptional();

const sasl = z
  .strictObject({
    enable: z.boolean().exactOptional(),
    user: secretReference.exactOptional(),
    password: secretReference.exactOptional(),
    type: secretReference.exactOptional(),
    tokenProvider: notServed('OAUTHBEARER'),
    roleARN: notServed('AWS MSK IAM'),
  })
  .superRefine((value, context) => {
    if (value.enable !== true) return;
    for (const field of ['user', 'password'] as const)
      if (value[field] === undefined)
        refuse(context, { found: 'is missing', allowed: 'name a key of a Secret by secretKeyRef', at: [field] });
  });

const tls = z
  .strictObject({
    enable: z.boolean().exactOptional(),
    cert: secretReference.exactOptional(),
    key: secretReference.exactOptional(),
    caCert: secretReference.exactOptional(),
  })
  .superRefine((value, context) => {
    if ((value.cert === undefined) !== (value.key === undefined))
      refuse(context, {
        found: 'is missing',
        allowed: 'a certificate and its key go together',
        at: [value.cert ? 'key' : 'cert'],
      });
  });

/** `net` of a Kafka kind, checked. */
export const kafkaNet: z.ZodType<KafkaNet> = z.strictObject({
  sasl: sasl.exactOptional(),
  tls: tls.exactOptional(),
});
