import { member } from '../member.ts';
import { rawAt, rawElements } from '../raw-json.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { authenticationRefusal } from './authentication.ts';
import { hashId } from './body-hash.ts';
import { dockerHubPush } from './docker-hub.ts';
import { eachPart, ownSource, unreadablePart } from './part.ts';
import { firstTime, firstUri, textAt } from './payload.ts';
import type { Happening, Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { jsonBody, webhookEvent } from './webhook-event.ts';

/** A registry of the CNCF Distribution, and Docker Hub. [distribution "Notifications"; Docker Hub "Webhooks"] */
export const dockerRegistry: WebhookProvider = {
  name: 'docker-registry',
  about: {
    signature:
      'none exists: `authentication` says which header the registry is configured to send. Docker Hub can send none: put a token into the address, `?access_token=...`, with `authentication: bearer`',
    type: '`com.docker-registry.<action>`: `push`, `pull`, `mount`, `delete`; of Docker Hub `com.docker-registry.push`',
    source:
      'the URL of the repository, `https://registry.example/v2/library/alpine`; of Docker Hub `repository.repo_url`',
    subject: '`target.tag`, else `target.digest`; of Docker Hub `push_data.tag`',
    id: '`id` of each event; of Docker Hub a hash of the body',
    time: '`timestamp`; of Docker Hub `push_data.pushed_at`',
    notes:
      'Each event of an envelope is one event, with its own part of the body as data, and the extensions `repository` and `mediatype`. What cannot be read is a dead letter: a registry repeats what is refused for ever, and sends nothing behind it.',
  },
  sendsForEver: true,
  verify: authenticationRefusal,
  read,
};

function read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal {
  const body = jsonBody(request);
  if ('status' in body) return { happenings: [unread(request.body, body.message, config)] };
  if (member('push_data')(body.payload) !== undefined) return dockerHubPush(request, body.payload, config);
  const parts = rawElements(rawAt(request.body, ['events']) ?? new Uint8Array());
  const events = member('events')(body.payload);
  if (!parts || !Array.isArray(events))
    return { happenings: [unread(request.body, 'the body has neither the list events nor push_data', config)] };
  const happenings = eachPart(parts, { request, config }, (data, i) =>
    happening({ request, config, data, payload: events[i] }),
  );
  return { happenings };
}

interface Part {
  readonly request: WebhookRequest;
  readonly config: WebhookConfig;
  readonly data: Uint8Array;
  readonly payload: unknown;
}

function happening({ request, config, data, payload }: Part): Happening {
  const [id, action] = [textAt(payload, 'id'), textAt(payload, 'action')];
  if (id === undefined || action === undefined)
    return unread(data, 'an event of the envelope has no id or action', config);
  const repository = textAt(payload, 'target.repository');
  const event = webhookEvent(request, {
    id,
    type: `com.docker-registry.${action}`,
    source: repositoryUrl(payload, repository) ?? ownSource(config),
    subject: textAt(payload, 'target.tag') ?? textAt(payload, 'target.digest'),
    time: firstTime(payload, 'timestamp'),
    extensions: { repository, mediatype: textAt(payload, 'target.mediaType') },
    data,
    contentType: 'application/json',
  });
  return { name: action, event };
}

/** Where the repository is: the target's URL up to its name; a registry that writes none is told by its host. */
function repositoryUrl(payload: unknown, repository: string | undefined): string | undefined {
  const url = firstUri(payload, 'target.url');
  const end = repository === undefined ? -1 : (url?.indexOf(`/v2/${repository}/`) ?? -1);
  if (url !== undefined && repository !== undefined && end >= 0) return url.slice(0, end + `/v2/${repository}`.length);
  const host = textAt(payload, 'request.host');
  if (repository === undefined || !NAME.test(repository)) return undefined;
  return host !== undefined && HOST.test(host) ? `//${host}/v2/${repository}` : `/v2/${repository}`;
}

const NAME = /^[\w.-]+(?:\/[\w.-]+)*$/;
const HOST = /^[\w.-]+(?::\d{1,5})?$/;

function unread(data: Uint8Array, reason: string, config: WebhookConfig): Happening {
  return unreadablePart({ id: hashId(data), reason, data, contentType: 'application/json' }, config);
}
