import type { ObjectStorageHttp, OidcRule } from '../../crds/object-storage-http.ts';
import { objectStorageSource as schema, type ObjectStorageSourceSpec } from '../../crds/object-storage-source.ts';
import type { SourceInstance, SourceKind } from '../kind.ts';
import { admission, type Proofs } from './admission.ts';
import { answerNotification } from './http.ts';
import type { OidcTokens } from './oidc.ts';
import { queueLoop, queueRemains } from './queue.ts';
import type { TokenRule } from './token.ts';
import { parsedSpec } from '../../crds/parsed-spec.ts';
import { secretValue } from '../secret-value.ts';
import { sourceKey } from '../source-key.ts';

const GOOGLE = {
  issuers: ['https://accounts.google.com', 'accounts.google.com'],
  jwksUrl: 'https://www.googleapis.com/oauth2/v3/certs',
};
/** The application as which Event Grid asks for tokens, in every tenant. [Azure Event Grid "Deliver events to Microsoft Entra protected endpoints"] */
const EVENT_GRID_APP = '4962773b-9cdb-44cf-a8bf-237846a00ab7';

/** ObjectStorageSource: what an object storage tells of its objects is an event, however it comes. */
export const objectStorageKind: SourceKind = {
  kind: 'ObjectStorageSource',
  condition: 'Deployed',
  about: {
    arrives:
      'S3 and what speaks it: type `com.amazonaws.s3.<eventName>`, source `<eventSource>.<region>.<bucket>`, subject = the key, decoded, id = `<x-amz-request-id>.<x-amz-id-2>` (with a suffix where one request makes several events), data = the notification of that one record. Cloud Storage, Event Grid and OSS: the events that Eventarc, Event Grid and EventBridge make of the same happening (`google.cloud.storage.object.v1.*`, `Microsoft.Storage.*`, `oss:*`). Test messages are passed over; what cannot be read is a dead letter.',
    permissions:
      'The bucket must be set to notify the address of the source (`http`) or a queue (`queue`). SQS: `sqs:ReceiveMessage`, `sqs:DeleteMessage`, `sqs:ChangeMessageVisibility`, and `sqs:GetQueueAttributes` for the lag.',
    order:
      'None, but for what one notification holds; MinIO with `QUEUE_DIR` sends in the order of the happenings. `sequencer` in the data orders the events of one key.',
    duplicates: 'What is sent or fetched again has the same id.',
    position:
      'With the sender or in the queue. MinIO keeps what was not accepted only with `QUEUE_DIR`, and then waits behind a notification that is refused: a wrong token stops the bucket until it is right.',
  },
  methods: ['POST', 'OPTIONS'],
  sendsForEver: () => true,
  start: (instance, ports) => {
    const { provider, queue } = specOf(instance);
    return queue && queueLoop({ provider, queue, instance, ...ports });
  },
  remains: (instance, { clock }) => {
    const { queue } = specOf(instance);
    return queue && queueRemains(queue, instance, clock);
  },
  webhook: (instance, { clock, log, call, publicUrl }) => {
    const spec = specOf(instance);
    if (!spec.http) return undefined;
    const { namespace, kind, name } = instance;
    if (spec.http.authentication === 'none')
      log.warn('source.open', { source: sourceKey({ namespace, kind, name }), warning: OPEN });
    const admit = admission({ ...proofsOf(spec.http, spec, instance), publicUrl }, { call, clock });
    const { allowedOrigins } = spec.http;
    const source = { namespace, kind, name, provider: spec.provider, admit, allowedOrigins, call, log };
    return (request, signal) => answerNotification(source, request, signal);
  },
  fields: (instance): Readonly<Record<string, unknown>> =>
    specOf(instance).http?.authentication === 'none' ? { warning: OPEN } : {},
};

const OPEN = 'authentication is none: whoever reaches its address can send notifications';

function specOf(instance: SourceInstance): ObjectStorageSourceSpec {
  return parsedSpec(schema, 'sources.weir.dev/v1alpha1', instance);
}

function proofsOf(
  http: ObjectStorageHttp,
  { provider }: ObjectStorageSourceSpec,
  instance: SourceInstance,
): Omit<Proofs, 'publicUrl'> {
  return {
    provider,
    open: http.authentication === 'none',
    token: tokenOf(http, provider !== 'minio' && provider !== 's3', instance),
    topicArns: http.topicArns,
    mnsTopics: http.mnsTopics,
    oidc: http.oidc && (provider === 'gcs' ? ofGoogle(http.oidc) : ofEntra(http.oidc)),
  };
}

function tokenOf(http: ObjectStorageHttp, query: boolean, instance: SourceInstance): TokenRule | undefined {
  const { authToken, previousAuthTokens = [], authHeader, basic } = http;
  if (!authToken && !basic) return undefined;
  const tokens = [
    ...(authToken ? [secretValue(instance, authToken, 'spec.http.authToken')] : []),
    ...previousAuthTokens.map((reference, i) => secretValue(instance, reference, `spec.http.previousAuthTokens[${i}]`)),
  ];
  const password = basic && secretValue(instance, basic.password, 'spec.http.basic.password');
  return {
    tokens,
    header: authHeader?.toLowerCase(),
    query,
    basic: basic && password !== undefined ? `${basic.username}:${password}` : undefined,
  };
}

function ofGoogle(rule: OidcRule): OidcTokens {
  const { audience, serviceAccountEmail = '', issuer, jwksUrl } = rule;
  return {
    audience,
    issuers: issuer === undefined ? GOOGLE.issuers : [issuer],
    jwksUrl: jwksUrl ?? GOOGLE.jwksUrl,
    claims: [{ email: serviceAccountEmail, email_verified: true }],
  };
}

function ofEntra({ audience, appId = EVENT_GRID_APP, issuer = '', jwksUrl = '' }: OidcRule): OidcTokens {
  // Tokens of version 1 name the application `appid`, those of version 2 `azp`.
  return { audience, issuers: [issuer], jwksUrl, claims: [{ appid: appId }, { azp: appId }] };
}
