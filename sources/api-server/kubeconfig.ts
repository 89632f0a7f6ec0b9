import type * as Client from '@kubernetes/client-node';
import { quoted, RefusedError } from '../../events/errors.ts';
import { isObject, member } from '../member.ts';

const OF_USER = new Set(['token', 'username', 'password', 'client-certificate-data', 'client-key-data', 'as']);
const OF_CLUSTER = new Set([
  'server',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'proxy-url',
  'extensions',
]);

/**
 * The kubeconfig of a text, or (undefined) the process's own, as kubectl finds it: KUBECONFIG, ~/.kube/config, the Pod's service account. A text comes from a Secret, and who may write that may not thereby run commands
 * or read files here: only what holds its credentials in itself is taken. Throws `resource-invalid`, without a word of the text but the names of its fields.
 */
export function loadKubeconfig(text: string | undefined, client: typeof Client): Client.KubeConfig {
  const config = new client.KubeConfig();
  try {
    if (text === undefined) config.loadFromDefault();
    else config.loadFromString(JSON.stringify(contained(text, client)));
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    // What the parser says quotes the text.
    throw invalid(text, 'is no kubeconfig; write one as kubectl reads it');
  }
  if (!/^https?:\/\//.test(config.getCurrentCluster()?.server ?? ''))
    throw invalid(text, 'has no cluster in its current context');
  return config;
}

function contained(text: string, client: typeof Client): unknown {
  const parsed: unknown = client.loadYaml(text);
  check(parsed, { list: 'users', of: 'user', allowed: OF_USER });
  check(parsed, { list: 'clusters', of: 'cluster', allowed: OF_CLUSTER });
  return parsed;
}

interface Part {
  readonly list: 'users' | 'clusters';
  readonly of: 'user' | 'cluster';
  readonly allowed: ReadonlySet<string>;
}

function check(config: unknown, { list, of, allowed }: Part): void {
  const entries: unknown = member(list)(config);
  for (const entry of Array.isArray(entries) ? entries : []) {
    const fields = member(of)(entry);
    const wrong = isObject(fields) ? Object.keys(fields).find((name) => !allowed.has(name)) : undefined;
    if (wrong !== undefined)
      throw invalid(
        '',
        `has ${quoted(wrong)} in its ${list}; one of a Secret runs no command and reads no file: write token, certificates and keys into it (kubectl config view --flatten --raw)`,
      );
  }
}

function invalid(text: string | undefined, what: string): RefusedError {
  if (text === undefined) return new RefusedError('resource-invalid', `the kubeconfig of this process ${what}`);
  const path = 'spec.kubeconfig.secretKeyRef';
  return new RefusedError('resource-invalid', `${path}: the value of the secret ${what}`, { path });
}
