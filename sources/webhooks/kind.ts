import { webhookSource, type WebhookSourceSpec } from '../../crds/webhook-source.ts';
import { RefusedError } from '../../events/errors.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { secretValue } from '../secret-value.ts';
import { webhookResult } from './answer.ts';
import type { WebhookConfig, WebhookProvider } from './provider.ts';
import { PROVIDERS } from './providers.ts';

/** WebhookSource: what Stripe, Slack, Shopify and others tell their webhooks, and whatever else can POST. */
export const webhookKind: SourceKind = {
  kind: 'WebhookSource',
  condition: 'WebhookConfigured',
  about: {
    arrives:
      'type, source, subject, id and time by provider, as the table in [webhooks.md](webhooks.md) says; data = the body byte for byte.',
    permissions:
      "Nothing of ours calls the sender: give it the address in `status.address.url`, and name its signing secret in `secrets`. Behind a proxy Twilio's signature needs `--public-url`.",
    order: "None: a sender's deliveries may overtake one another.",
    duplicates: 'What a sender delivers again has the same id and source.',
    position:
      'None: the sender is answered 2xx only after the event is durable, and repeats what was not, for as long as it does.',
  },
  methods: ['POST', 'GET', 'OPTIONS'],
  sendsForEver: (instance) =>
    providerOf(parsedSpec(webhookSource, 'sources.weir.dev/v1alpha1', instance)).sendsForEver === true,
  webhook: (instance, { publicUrl, log }) => {
    const config = configOf(instance, publicUrl);
    const provider = providerOf(config.spec);
    provider.check?.(config);
    if (config.spec.authentication === 'none')
      log.warn('source.open', {
        source: `${instance.namespace}/webhooksource/${instance.name}`,
        warning: OPEN,
      });
    return (request) => webhookResult(request, config, provider);
  },
  fields: (instance): Readonly<Record<string, unknown>> => {
    const { authentication } = parsedSpec(webhookSource, 'sources.weir.dev/v1alpha1', instance);
    return authentication === 'none' ? { warning: OPEN } : {};
  },
};

const OPEN = 'authentication is none: whoever reaches its address can send events';
const TOLERANCE_SECONDS = 300;

function configOf(instance: SourceInstance, publicUrl: string | undefined): WebhookConfig {
  const { namespace, name } = instance;
  const spec = parsedSpec(webhookSource, 'sources.weir.dev/v1alpha1', instance);
  const token = spec.generic?.challenge?.hub?.verifyToken;
  const toleranceMs = (spec.toleranceSeconds ?? TOLERANCE_SECONDS) * 1000;
  return {
    namespace,
    name,
    spec,
    secrets: spec.secrets.map((reference, i) => secretValue(instance, reference, `spec.secrets[${i}]`)),
    verifyToken: token && secretValue(instance, token, 'spec.generic.challenge.hub.verifyToken'),
    toleranceMs,
    publicUrl: publicUrl?.replace(/\/+$/, ''),
  };
}

function providerOf(spec: Pick<WebhookSourceSpec, 'provider'>): WebhookProvider {
  const provider = PROVIDERS.find(({ name }) => name === spec.provider);
  if (provider) return provider;
  const path = 'spec.provider';
  throw new RefusedError('resource-unsupported', `${path}: ${spec.provider} is not served here`, { path });
}
