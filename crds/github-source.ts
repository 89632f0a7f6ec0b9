import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { GITHUB_EVENT_TYPES } from './github-event-types.ts';
import { OPEN, type Kind } from './kind.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { near } from './near.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** Which happenings of which organisation or repository. [Knative GitHubSource v1alpha1] */
export interface GitHubSourceSpec extends SourceSpec {
  /** `owner/repository`, or an organisation. */
  readonly ownerAndRepository: string;
  readonly eventTypes: readonly string[];
  /** With it the webhook is registered and removed; without it that is left to people. */
  readonly accessToken?: SecretReference;
  /** What GitHub signs with. Required: without it anybody could send. */
  readonly secretToken: SecretReference;
  readonly githubAPIURL: string;
  /** Whether GitHub checks the certificate of the webhook's address; undefined: it does. */
  readonly secure?: boolean;
  readonly serviceAccountName?: string;
}

/** Emits what GitHub's webhook tells. [Knative GitHubSource v1alpha1] */
export type GitHubSource = ResourceOf<'GitHubSource', GitHubSourceSpec>;

const eventType = z.string().superRefine((name, context) => {
  if (GITHUB_EVENT_TYPES.includes(name)) return;
  const suggestion = near(name, GITHUB_EVENT_TYPES);
  refuse(context, {
    found: `is ${quoted(name)}`,
    allowed: `name an event of GitHub's webhooks, such as ${suggestion ?? 'push or pull_request'}`,
  });
});

const fields = z.strictObject({
  ...sourceFields,
  ownerAndRepository: z.string().superRefine((text, context) => {
    if (!/^[A-Za-z0-9][\w.-]*(\/[\w.-]+)?$/.test(text))
      refuse(context, {
        found: `is ${quoted(text)}`,
        allowed: 'write owner/repository, or the name of an organisation',
      });
  }),
  eventTypes: z.array(eventType).superRefine((names, context) => {
    if (names.length === 0) refuse(context, { found: 'is empty', allowed: 'name at least one event' });
  }),
  accessToken: secretReference.exactOptional(),
  secretToken: secretReference.exactOptional(),
  githubAPIURL: z
    .string()
    .superRefine((text, context) => {
      const url = URL.parse(text);
      if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
        refuse(context, {
          found: 'is no such URL',
          allowed: 'write an absolute http or https URL without user and password',
        });
    })
    .default('https://api.github.com'),
  secure: z.boolean().exactOptional(),
  serviceAccountName: z.string().exactOptional(),
});

const spec = fields.transform(({ secretToken, ...rest }, context): GitHubSourceSpec => {
  if (secretToken) return { ...rest, secretToken };
  refuse(context, {
    found: 'is missing',
    allowed:
      'without it anybody could forge events: give the webhook a secret at GitHub, and name it here by secretKeyRef',
    at: ['secretToken'],
  });
  return z.NEVER;
});

/** A GitHubSource, checked. One without `secretToken` is refused: what anybody can forge is no source. */
export const gitHubSource: z.ZodType<GitHubSource> = z.strictObject({
  apiVersion: z.literal('sources.knative.dev/v1alpha1'),
  kind: z.literal('GitHubSource'),
  metadata,
  spec,
});

/** GitHubSource among the kinds. */
export const gitHubSourceKind: Kind<GitHubSource> = {
  ...OPEN,
  apiVersion: 'sources.knative.dev/v1alpha1',
  kind: 'GitHubSource',
  plural: 'githubsources',
  singular: 'githubsource',
  schema: gitHubSource,
  conditions: ['SecretsProvided', 'SinkProvided', 'WebhookConfigured'],
  source: {
    emits: ({ spec: { eventTypes, ownerAndRepository } }) =>
      eventTypes.map((type) => ({
        type: `dev.knative.source.github.${type}`,
        source: `https://github.com/${ownerAndRepository}`,
      })),
    called: () => true,
    registers: ({ spec }) => (spec.accessToken ? 'spec.accessToken' : undefined),
    column: ['REPOSITORY', 'ownerAndRepository'],
  },
};
