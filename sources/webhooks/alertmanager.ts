import { member } from '../member.ts';
import { rawAt, rawElements } from '../raw-json.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { authenticationRefusal } from './authentication.ts';
import { hashId } from './body-hash.ts';
import { eachPart, ownSource, unreadablePart } from './part.ts';
import { firstTime, firstUri, textAt } from './payload.ts';
import type { Happening, Understood, WebhookConfig, WebhookProvider } from './provider.ts';
import { unreadable } from './refusals.ts';
import { jsonBody, webhookEvent } from './webhook-event.ts';

/** Prometheus Alertmanager. [Alertmanager "webhook_config", version 4] */
export const alertmanager: WebhookProvider = {
  name: 'alertmanager',
  about: {
    signature:
      "none exists: `authentication` says what the receiver's `http_config` sends, `bearer` (`authorization`), `basic` (`basic_auth`) or `apiKey` (`http_headers`)",
    type: '`com.alertmanager.<status>`: `com.alertmanager.firing`, `com.alertmanager.resolved`',
    source: '`externalURL`',
    subject: '`labels.alertname`',
    id: '`<fingerprint>/<startsAt>/<status>`',
    time: '`startsAt`, of a resolved alert `endsAt`',
    notes:
      'Each alert of a group is one event, with its own part of the body as data and the extensions `receiver` and `groupkey`; that Alertmanager sends it again (`repeat_interval`, a group that changed) does not make it another event. Alerts that `max_alerts` cut off are told of by a dead letter.',
  },
  verify: authenticationRefusal,
  read,
};

function read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal {
  const body = jsonBody(request);
  if ('status' in body) return body;
  const { payload: group } = body;
  const parts = rawElements(rawAt(request.body, ['alerts']) ?? new Uint8Array());
  const alerts = member('alerts')(group);
  if (!parts || !Array.isArray(alerts)) return unreadable('the body has no list alerts: it is none of Alertmanager');
  const happenings = eachPart(parts, { request, config }, (data, i) =>
    happening({ request, config, group, data, alert: alerts[i] }),
  );
  const cut = Number(textAt(group, 'truncatedAlerts') ?? 0);
  return { happenings: cut > 0 ? [...happenings, truncated(request, config, cut)] : happenings };
}

interface Part {
  readonly request: WebhookRequest;
  readonly config: WebhookConfig;
  readonly group: object;
  readonly data: Uint8Array;
  readonly alert: unknown;
}

function happening({ request, config, group, data, alert }: Part): Happening {
  const status = textAt(alert, 'status');
  const startsAt = textAt(alert, 'startsAt');
  if (status === undefined || startsAt === undefined)
    return unreadablePart(
      { id: hashId(data), reason: 'an alert has no status or no startsAt', data, contentType: 'application/json' },
      config,
    );
  // Before version 0.16 there was no fingerprint: the labels are what it is made of.
  const fingerprint = textAt(alert, 'fingerprint') ?? hashId(rawAt(data, ['labels']) ?? data);
  const event = webhookEvent(request, {
    id: `${fingerprint}/${startsAt}/${status}`,
    type: `com.alertmanager.${status}`,
    source: firstUri(group, 'externalURL') ?? ownSource(config),
    subject: textAt(alert, 'labels.alertname'),
    time: firstTime(alert, status === 'resolved' ? 'endsAt' : 'startsAt', 'startsAt'),
    extensions: { receiver: textAt(group, 'receiver'), groupkey: textAt(group, 'groupKey') },
    data,
    contentType: 'application/json',
  });
  return { name: status, event };
}

function truncated(request: WebhookRequest, config: WebhookConfig, count: number): Happening {
  const reason = `${count} alerts of this group were cut off by max_alerts of the receiver; raise it`;
  const id = hashId(request.body);
  return unreadablePart({ id, reason, data: request.body, contentType: 'application/json' }, config);
}
