import { gitHubSource, type GitHubSourceSpec } from '../../crds/github-source.ts';
import { githubHook, hookAddress } from './hook.ts';
import { githubWebhook } from './github.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { secretValue } from '../secret-value.ts';

/** GitHubSource: what GitHub reports to a webhook is an event; with an access token the webhook is made and removed with the resource. [Knative sources.knative.dev/v1alpha1 GitHubSource] */
export const githubKind: SourceKind = {
  kind: 'GitHubSource',
  condition: 'WebhookConfigured',
  about: {
    arrives:
      'type `dev.knative.source.github.<event>`, source `https://github.com/<ownerAndRepository>`, id = `X-GitHub-Delivery`, subject by event, time = arrival, data = the payload byte for byte.',
    permissions:
      'A webhook of the repository or organisation with the secret of `secretToken`. With `accessToken` it is made and removed for you: scope `admin:repo_hook` or `admin:org_hook`.',
    order: "None: GitHub's deliveries may overtake one another.",
    duplicates: 'What GitHub delivers again has the same id.',
    position:
      'None: GitHub does not repeat what was refused, but for a redelivery by hand; it waits 10 s for the answer, which comes after the event is durable.',
  },
  webhook: (instance) => {
    const spec = specOf(instance);
    const config = {
      ownerAndRepository: spec.ownerAndRepository,
      eventTypes: new Set(spec.eventTypes),
      secrets: [secretValue(instance, spec.secretToken, 'spec.secretToken')],
    };
    return (request) => githubWebhook(request, config);
  },
  registration: (instance, { call, clock, log }) => {
    const spec = specOf(instance);
    if (!spec.accessToken) return undefined;
    const accessToken = secretValue(instance, spec.accessToken, 'spec.accessToken');
    const secretToken = secretValue(instance, spec.secretToken, 'spec.secretToken');
    return githubHook({
      api: {
        call,
        clock,
        accessToken,
        secrets: [secretToken],
        scope: spec.ownerAndRepository.includes('/') ? 'admin:repo_hook' : 'admin:org_hook',
      },
      apiUrl: spec.githubAPIURL,
      ownerAndRepository: spec.ownerAndRepository,
      eventTypes: spec.eventTypes,
      secretToken,
      secure: spec.secure,
      log,
    });
  },
  registeredAt: hookAddress,
};

function specOf(instance: SourceInstance): GitHubSourceSpec {
  return parsedSpec(gitHubSource, 'sources.knative.dev/v1alpha1', instance);
}
