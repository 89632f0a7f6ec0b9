import { attribute } from '../../events/event.ts';
import { decodeHttp } from '../../events/http/decode.ts';
import { member } from '../member.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { authenticationRefusal } from './authentication.ts';
import { hashId } from './body-hash.ts';
import { ownSource } from './part.ts';
import { firstText, firstTime, textAt } from './payload.ts';
import type { Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { unreadable } from './refusals.ts';
import { contentTypeOf, jsonBody, webhookEvent } from './webhook-event.ts';

/** Harbor, with either payload format of its webhook policies. [Harbor "Configure Webhook Notifications"] */
export const harbor: WebhookProvider = {
  name: 'harbor',
  about: {
    signature:
      "none exists: `authentication` says what the policy's Auth Header holds, `Bearer ...`, `Basic ...`, or with `apiKey` and `apiKeyHeader: Authorization` any text",
    type: '`com.harbor.<type>`: `com.harbor.PUSH_ARTIFACT`',
    source: '`/projects/<project>/repositories/<repository>`, without repository `/projects/<project>`',
    subject: 'the tag of the artifact, else its digest, where the event is about one',
    id: 'a hash of the body',
    time: '`occur_at`',
    notes:
      'The payload format CloudEvents passes unchanged: type `harbor.artifact.pushed`, source `/projects/<id>/webhook/policies/<id>`; `eventTypes` then names these types.',
  },
  verify: authenticationRefusal,
  read,
};

function read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal {
  if (/^application\/cloudevents\b/i.test(contentTypeOf(request) ?? '')) return cloudEvent(request);
  const body = jsonBody(request);
  if ('status' in body) return body;
  const type = textAt(body.payload, 'type');
  if (type === undefined) return unreadable('the body has no type: it is no notification of Harbor');
  const event = webhookEvent(request, {
    id: hashId(request.body),
    type: `com.harbor.${type}`,
    source: sourceOf(body.payload) ?? ownSource(config),
    subject: artifactOf(body.payload),
    time: firstTime(body.payload, 'occur_at'),
    contentType: 'application/json',
  });
  return { happenings: [{ name: type, event }] };
}

function cloudEvent({ rawHeaders, body }: WebhookRequest): Understood | Refusal {
  const decoded = decodeHttp({ rawHeaders, body });
  if (decoded.kind !== 'event')
    return unreadable('the body is no event; Harbor sends one as application/cloudevents+json');
  return { happenings: [{ name: attribute(decoded.event, 'type') ?? '', event: decoded.event }] };
}

function sourceOf(payload: object): string | undefined {
  const project = firstText(payload, 'event_data.repository.namespace', 'event_data.retention.project_name');
  if (project === undefined) return undefined;
  const repository = textAt(payload, 'event_data.repository.name');
  const at = `/projects/${encodeURIComponent(project.toWellFormed())}`;
  // A repository may have slashes in its name: they are part of its path in Harbor too.
  return repository === undefined
    ? at
    : `${at}/repositories/${repository.toWellFormed().split('/').map(encodeURIComponent).join('/')}`;
}

function artifactOf(payload: object): string | undefined {
  const resources: unknown = member('event_data.resources')(payload);
  const [resource, ...others]: readonly unknown[] = Array.isArray(resources) ? resources : [];
  return others.length > 0 ? undefined : firstText(resource, 'tag', 'digest');
}
