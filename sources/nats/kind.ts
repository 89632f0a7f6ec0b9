import { natsJetStreamSource } from '../../crds/nats-jet-stream-source.ts';
import type { SourceKind } from '../kind.ts';
import { natsEvent } from './event.ts';
import { natsJetStream } from './nats-jet-stream.ts';
import { natsLink, natsServers } from './link.ts';
import { ownName } from '../own-name.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';

/** NatsJetStreamSource: a message of a stream of NATS JetStream is an event. */
export const natsJetStreamKind: SourceKind = {
  kind: 'NatsJetStreamSource',
  condition: 'Deployed',
  about: {
    arrives:
      'CloudEvents in the NATS binding as they are (binary and structured). Every other message wrapped: type `dev.weir.nats.message`, source = the name of the stream, subject = the subject, id = `<stream>/<sequence>`, time = when it was stored, data = the payload, datacontenttype = the header Content-Type, other headers as extensions `natsheader<name>`. A broken CloudEvent becomes a dead letter.',
    permissions:
      'Request and reply on `$JS.API.STREAM.INFO`, `$JS.API.CONSUMER.{INFO,CREATE,DURABLE.CREATE,MSG.NEXT}` and `$JS.ACK` of the stream; `$JS.API.CONSUMER.DELETE` to remove a consumer of its own.',
    order: 'The order of the stream; what comes again comes later.',
    duplicates:
      'A message that was accepted and whose acknowledgement did not arrive comes again with the same id: after a crash, and when the connection is lost.',
    position:
      'The durable consumer, at the server: `consumer`, or one of its own (`weir_<namespace>_<name>`). It stays when the source stops, and its `max_deliver` is set to -1, since what was delivered that often would be lost. A consumer that the server lost is created again behind what was settled.',
  },
  start: (instance, { clock, random, log }) => {
    const spec = parsedSpec(natsJetStreamSource, 'sources.weir.dev/v1alpha1', instance);
    const { namespace, name, kind } = instance;
    const config = {
      clock,
      random,
      log,
      namespace,
      name,
      kind,
      servers: natsServers(spec, instance),
      consumer: { ...spec, consumer: spec.consumer ?? ownName(instance) },
    };
    return (context) => natsJetStream({ ...config, read: (message) => [natsEvent(message, instance)] }, context);
  },
  remains: (instance, { clock }) => {
    const spec = parsedSpec(natsJetStreamSource, 'sources.weir.dev/v1alpha1', instance);
    // A consumer with a name of its own may have been there before.
    if (spec.consumer !== undefined) return undefined;
    const servers = natsServers(spec, instance);
    const consumer = ownName(instance);
    return {
      what: `the consumer ${consumer} of stream ${spec.stream} at ${spec.servers.join(', ')}`,
      remove: async (signal) => {
        await using link = await natsLink(servers, clock, signal);
        await link.remove(spec.stream, consumer);
      },
    };
  },
};
