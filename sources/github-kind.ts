import { RefusedError } from '../events/errors.ts';
import { githubHook } from './github-hook.ts';
import { githubWebhook } from './github.ts';
import type { SourceInstance, SourceKind } from './kind.ts';

interface SecretValue {
  readonly secretKeyRef: { readonly name: string; readonly key: string };
}

interface Spec {
  readonly ownerAndRepository: string;
  readonly eventTypes: readonly string[];
  readonly accessToken?: SecretValue | undefined;
  readonly secretToken: SecretValue;
  readonly githubAPIURL?: string | undefined;
  readonly secure?: boolean | undefined;
}

/** GitHubSource: what GitHub reports to a webhook is an event; with an access token the webhook is made and removed with the resource. [Knative sources.knative.dev/v1alpha1 GitHubSource] */
export const githubKind: SourceKind = {
  kind: 'GitHubSource',
  condition: 'WebhookConfigured',
  webhook: (instance) => {
    const spec = specOf(instance);
    const config = {
      ownerAndRepository: spec.ownerAndRepository,
      eventTypes: new Set(spec.eventTypes),
      secrets: [secretOf(instance, spec.secretToken, 'secretToken')],
    };
    return (request) => githubWebhook(request, config);
  },
  registration: (instance, { call, clock, log }) => {
    const spec = specOf(instance);
    if (!spec.accessToken) return undefined;
    const secretToken = secretOf(instance, spec.secretToken, 'secretToken');
    return githubHook({
      api: {
        call,
        clock,
        accessToken: secretOf(instance, spec.accessToken, 'accessToken'),
        secrets: [secretToken],
        scope: spec.ownerAndRepository.includes('/') ? 'admin:repo_hook' : 'admin:org_hook',
      },
      apiUrl: spec.githubAPIURL ?? 'https://api.github.com',
      ownerAndRepository: spec.ownerAndRepository,
      eventTypes: spec.eventTypes,
      secretToken,
      secure: spec.secure,
      log,
    });
  },
};

function specOf(instance: SourceInstance): Spec {
  // Parsed by the schema of this kind.
  return instance.spec as Spec;
}

function secretOf(instance: SourceInstance, { secretKeyRef: { name, key } }: SecretValue, field: string): string {
  const value = instance.secrets.get(`${name}/${key}`);
  if (value !== undefined && value !== '') return value;
  const path = `spec.${field}.secretKeyRef`;
  throw new RefusedError('secret-missing', `${path}: key ${key} of Secret ${name} is not there or empty; add it`, {
    path,
  });
}
