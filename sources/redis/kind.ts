import { REDIS_STREAM_START, redisStreamSource, redisStreamUri } from '../../crds/redis-stream-source.ts';
import { RefusedError, quoted } from '../../events/errors.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { ownName } from '../own-name.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { removeGroup } from './group.ts';
import { redisLink, redisServer } from './link.ts';
import { redisStreamEvent } from './event.ts';
import { redisStream } from './redis-stream.ts';

/** RedisStreamSource: an entry of a stream of Redis is an event. [Knative sources.knative.dev/v1alpha1 RedisStreamSource] */
export const redisStreamKind: SourceKind = {
  kind: 'RedisStreamSource',
  condition: 'Deployed',
  about: {
    arrives:
      'type `dev.knative.sources.redisstream`, source `<address>/<stream>`, id = the id of the entry, time = the time in it, data = a JSON array of field, value, field, value; items that are no UTF-8 stand in it as base64, and the extension `base64items` names their places.',
    permissions:
      'XGROUP, XREADGROUP, XACK, XAUTOCLAIM and XINFO on the stream (Redis 6.2 or later; 7.0 or later for the lag).',
    order:
      'The order of the stream with one consumer; several overtake one another, and so does what is taken over from a consumer that is gone for five minutes.',
    duplicates:
      'An entry that was accepted and not acknowledged comes again with the same id: after a crash, and when the connection is lost.',
    position:
      'The consumer group, at the server: `group`, or one of its own (`weir_<namespace>_<name>`) that begins at the end of the stream, as in Knative; the label `weir.dev/start: earliest` makes it begin with the oldest entry. It stays when the source stops. A group that the server lost is created again where the source had come to.',
  },
  start: (instance, { clock, random, log }) => {
    const spec = parsedSpec(redisStreamSource, 'sources.knative.dev/v1alpha1', instance);
    const { namespace, name, kind } = instance;
    const source = redisStreamUri(spec.address, spec.stream);
    const config = {
      clock,
      random,
      log,
      namespace,
      name,
      kind,
      server: redisServer(spec, instance),
      stream: spec.stream,
      group: spec.group ?? ownName(instance),
      consumers: spec.consumers,
      start: startOf(instance),
    };
    return (context) => redisStream({ ...config, read: (entry) => [redisStreamEvent(entry, source)] }, context);
  },
  remains: (instance, { clock }) => {
    const spec = parsedSpec(redisStreamSource, 'sources.knative.dev/v1alpha1', instance);
    // A group with a name of its own is somebody's, who may have others in it.
    if (spec.group !== undefined) return undefined;
    const server = redisServer(spec, instance);
    const group = { stream: spec.stream, group: ownName(instance) };
    return {
      what: `the group ${group.group} of stream ${group.stream} at ${server.host}:${server.port}`,
      remove: async (signal) => {
        using link = await redisLink(server, clock, signal);
        await removeGroup(link, group);
      },
    };
  },
};

function startOf({ labels }: SourceInstance): 'earliest' | 'latest' {
  const value = labels?.[REDIS_STREAM_START] ?? 'latest';
  if (value === 'earliest' || value === 'latest') return value;
  const path = `metadata.labels[${REDIS_STREAM_START}]`;
  throw new RefusedError('resource-invalid', `${path}: is ${quoted(value)}; write earliest or latest`, { path });
}
