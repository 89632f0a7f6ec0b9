import { httpPollSource, type HttpPollHeader } from '../../crds/http-poll-source.ts';
import { durationMs } from '../../events/duration.ts';
import { RefusedError } from '../../events/errors.ts';
import { httpPoll } from './http-poll.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { secretValue } from '../secret-value.ts';

/** HttpPollSource: what an HTTP API answers that it did not answer before is an event. */
export const httpPollKind: SourceKind = {
  kind: 'HttpPollSource',
  condition: 'Deployed',
  about: {
    arrives:
      'With `items` each item of the list, type `dev.weir.httppoll.item`, id = `id` or a hash of the item, data = the item; without it the answer whenever it changed, type `dev.weir.httppoll.document`. Source is the URL without its query, time that of the answer; `type`, `source`, `subject`, `time` are expressions as those of a generic WebhookSource.',
    permissions: 'GET on the URL; what proves who asks goes into `headers`, by `valueFrom.secretKeyRef`.',
    order: 'The order of the answers, and within them of their items.',
    duplicates:
      'An item that was emitted and not yet saved comes again with the same id after a crash. Without `id` an item that changed is another event; with it, it is not emitted again.',
    position:
      'In the positions of the data folder: the cursor, ETag and Last-Modified, and the ids of the newest 2,000 items. What an API lists no more when it is asked again is missed: with a cursor nothing is.',
  },
  start: (instance, { clock, random, log }) => {
    const { namespace, name } = instance;
    const spec = parsedSpec(httpPollSource, 'sources.weir.dev/v1alpha1', instance);
    const headers = spec.headers.map((header, i) => headerOf(instance, header, `spec.headers[${i}]`));
    const requests = {
      clock,
      headers,
      timeoutMs: durationMs(spec.timeout) ?? 0,
      bodyBytesMax: spec.bodyBytesMax,
    };
    const intervalMs = durationMs(spec.interval) ?? 0;
    return (context) => httpPoll({ namespace, name, spec, intervalMs, requests, clock, random, log }, context);
  },
};

function headerOf(instance: SourceInstance, header: HttpPollHeader, path: string): readonly [string, string] {
  const { name, value, prefix = '', valueFrom } = header;
  if (valueFrom === undefined) return [name.toLowerCase(), value ?? ''];
  const secret = secretValue(instance, valueFrom, `${path}.valueFrom`).trim();
  // The value itself is never said.
  if (/[^\u0020-\u007E\u00A0-\u00FF]/.test(secret)) {
    const at = `${path}.valueFrom.secretKeyRef`;
    const message = `${at}: the value of the secret holds what no header can, such as a line break; correct it`;
    throw new RefusedError('resource-invalid', message, { path: at });
  }
  return [name.toLowerCase(), `${prefix}${secret}`];
}
