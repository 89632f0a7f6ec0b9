import { RefusedError } from '../../events/errors.ts';

/** Where a RabbitMQ is, how to log in, and how it is trusted. */
export interface RabbitmqAddress {
  /** The Secret it comes from: what people look at when something is wrong. */
  readonly secret: string;
  readonly host: string;
  readonly port: number;
  /** Undefined: plain text. */
  readonly tls: RabbitmqTls | undefined;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
}

/** PEM texts; without `ca` the certificates of the system count. */
export interface RabbitmqTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

const PORTS = { plain: 5672, tls: 5671 } as const;

/**
 * The address that a connection secret gives, of the values by `<secret>/<key>`: `uri` as Knative reads it (`host`, `amqp://host:5672`, `amqps://host`; `https` stands for TLS) or `host`, with `username`, `password`, and `port`,
 * `ca.crt`, `tls.crt`, `tls.key` if they are there. Throws `secret-missing`, or `resource-invalid`, without a value in the text. [Knative RabbitmqClusterReference.connectionSecret]
 */
export function rabbitmqAddress(
  secrets: ReadonlyMap<string, string>,
  { secret, vhost }: { readonly secret: string; readonly vhost: string },
): RabbitmqAddress {
  const value = (key: string): string | undefined => secrets.get(`${secret}/${key}`) || undefined;
  const needed = (key: string): string => {
    const found = value(key);
    if (found === undefined)
      throw wrong('secret-missing', secret, `has no ${key}; add the key, or name another Secret`);
    return found;
  };
  const url = urlOf(value('uri') ?? value('host') ?? needed('uri'));
  if (!url)
    throw wrong('resource-invalid', secret, 'has a uri that is none; write amqp://host:port or amqps://host:port');
  const secure = SECURE.get(url.protocol);
  if (secure === undefined)
    throw wrong(
      'resource-invalid',
      secret,
      'has a uri of another protocol; write amqp://host:port or amqps://host:port',
    );
  const port = portOf(value('port'), url) ?? (secure ? PORTS.tls : PORTS.plain);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw wrong('resource-invalid', secret, 'has a port that is none; write a number such as 5672');
  return {
    secret,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    tls: secure ? tlsOf(value) : undefined,
    username: needed('username'),
    password: needed('password'),
    vhost,
  };
}

// http and https are what Knative's secrets hold: the management address, of which the host is meant.
const SECURE: ReadonlyMap<string, boolean> = new Map([
  ['amqp:', false],
  ['http:', false],
  ['amqps:', true],
  ['https:', true],
]);

function urlOf(text: string): URL | undefined {
  const trimmed = text.trim();
  const url = URL.parse(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `amqp://${trimmed}`);
  return url && url.hostname !== '' ? url : undefined;
}

// The port of a management address is not the one that is spoken to.
function portOf(text: string | undefined, url: URL): number | undefined {
  if (text !== undefined) return Number(text.trim());
  return url.port !== '' && url.protocol.startsWith('amqp') ? Number(url.port) : undefined;
}

function tlsOf(value: (key: string) => string | undefined): RabbitmqTls {
  const [ca, cert, key] = [value('ca.crt'), value('tls.crt'), value('tls.key')];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function wrong(code: 'secret-missing' | 'resource-invalid', secret: string, what: string): RefusedError {
  return new RefusedError(code, `Secret ${secret}: ${what}`, {
    path: 'spec.rabbitmqClusterReference.connectionSecret',
  });
}
