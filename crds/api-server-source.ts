import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { OPEN, type Kind } from './kind.ts';
import { labelSelector, type LabelSelector } from './label-selector.ts';
import { metadata, type ResourceOf } from './metadata.ts';
import { objectName } from './names.ts';
import { refuse } from './refusal.ts';
import { secretReference, type SecretReference } from './secret-reference.ts';
import { sourceFields, type SourceSpec } from './source-spec.ts';

/** A kind of objects that is watched, and which of them. [Knative APIVersionKindSelector] */
export interface WatchedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly selector?: LabelSelector;
}

/** Whose changes are events. [Knative ApiServerSource v1] */
export interface ApiServerSourceSpec extends SourceSpec {
  readonly resources: readonly WatchedKind[];
  /** Only objects whose controller is of this kind. */
  readonly owner?: { readonly apiVersion: string; readonly kind: string };
  /** What the data are: a reference to the object, or the object. */
  readonly mode: 'Reference' | 'Resource';
  /** In whose name the API is read, by impersonation; undefined: in that of the kubeconfig. */
  readonly serviceAccountName?: string;
  /** In which namespaces, by their labels; empty: in all. Undefined: in that of the source. */
  readonly namespaceSelector?: LabelSelector;
  /** The kubeconfig of another cluster; undefined: the process's own. Not in Knative. */
  readonly kubeconfig?: SecretReference;
}

/** Emits the changes of objects of a Kubernetes API. [Knative ApiServerSource v1] */
export type ApiServerSource = ResourceOf<'ApiServerSource', ApiServerSourceSpec>;

/** On an ApiServerSource, a label: `earliest` emits what is there at first as added; `latest`, as without it, is silent about it, as in Knative. */
export const API_SERVER_START = 'weir.dev/start';

/** The types of its events, by what they carry, before `.add`, `.update` and `.delete`. [Knative ApiServerSource] */
export const API_SERVER_TYPES = {
  Reference: 'dev.knative.apiserver.ref',
  Resource: 'dev.knative.apiserver.resource',
} as const;

const apiVersion = z.string().superRefine((text, context) => {
  if (!/^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[a-z][a-z0-9]*$/.test(text))
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'write a version, or group/version: v1, apps/v1' });
});
const kind = z.string().superRefine((text, context) => {
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(text))
    refuse(context, { found: `is ${quoted(text)}`, allowed: 'write a kind, such as Pod' });
});

const spec = z.strictObject({
  ...sourceFields,
  resources: z
    .array(z.strictObject({ apiVersion, kind, selector: labelSelector.exactOptional() }))
    .superRefine((resources, context) => {
      if (resources.length === 0) refuse(context, { found: 'is empty', allowed: 'name at least one kind of objects' });
    }),
  owner: z.strictObject({ apiVersion, kind }).exactOptional(),
  mode: z.enum(['Reference', 'Resource']).default('Reference'),
  serviceAccountName: objectName.exactOptional(),
  namespaceSelector: labelSelector.exactOptional(),
  // To leave it aside would emit what was to be filtered out.
  filters: z
    .array(z.unknown())
    .superRefine((filters, context) => {
      if (filters.length > 0)
        refuse(context, {
          found: 'is not served',
          allowed: 'write the filters on the Triggers of the sink, or leave it out',
        });
    })
    .exactOptional(),
  kubeconfig: secretReference.exactOptional(),
});

/** An ApiServerSource, checked. */
export const apiServerSource: z.ZodType<ApiServerSource> = z.strictObject({
  apiVersion: z.literal('sources.knative.dev/v1'),
  kind: z.literal('ApiServerSource'),
  metadata,
  spec,
});

/** ApiServerSource among the kinds. */
export const apiServerSourceKind: Kind<ApiServerSource> = {
  ...OPEN,
  apiVersion: 'sources.knative.dev/v1',
  kind: 'ApiServerSource',
  plural: 'apiserversources',
  singular: 'apiserversource',
  schema: apiServerSource,
  conditions: ['SecretsProvided', 'SinkProvided', 'Deployed', 'SufficientPermissions', 'OIDCIdentityCreated'],
  source: {
    // Where the API is, is known only once the kubeconfig is read.
    emits: () => [],
    called: () => false,
    column: ['MODE', 'mode'],
  },
};
