import { kafkaSink } from './kafka-sink.ts';
import { rabbitmqSinkKind } from './rabbitmq-sink.ts';
import type { SinkKind } from './sink.ts';

/** Every kind of sink. A new one is a file, a schema, a test, and a line here. */
export const SINK_KINDS: readonly SinkKind[] = [kafkaSink, rabbitmqSinkKind];
