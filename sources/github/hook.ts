import { RefusedError, UnavailableError } from '../../events/errors.ts';
import type { Log } from '../../events/log.ts';
import { type GitHubApi, callGitHub } from './api.ts';
import type { Registered, Registration } from '../kind.ts';
import { member, parsedJson } from '../member.ts';

const PER_PAGE = 100;
const PAGES_MAX = 10;

/** The webhook that one GitHubSource wants at GitHub. */
export interface GitHubHookConfig {
  readonly api: GitHubApi;
  /** `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  readonly ownerAndRepository: string;
  readonly eventTypes: readonly string[];
  /** What GitHub signs with. */
  readonly secretToken: string;
  /** True: the public URL must be https. False: GitHub does not check its certificate (`insecure_ssl`). Undefined: it checks what there is. */
  readonly secure: boolean | undefined;
  readonly log: Log;
}

/**
 * Keeps one webhook of a repository or an organization. It is found again by its saved id or its URL and brought up to date, created only if it is not there; when the source points to another repository,
 * the webhook of the one before is removed. [GitHub REST API "Repository webhooks", "Organization webhooks"]
 */
export function githubHook(config: GitHubHookConfig): Registration {
  const hooks = hooksUrl(config);
  return {
    async register(url, saved, signal) {
      if (config.secure === true && !url.startsWith('https:')) {
        throw new RefusedError(
          'registration-failed',
          `spec.secure is true but the public URL ${url} is not https; start weir with an https --public-url, or leave spec.secure out`,
        );
      }
      const before = readSaved(saved);
      if (before && before.hooks !== hooks) await removeElsewhere(config, before, signal);
      const known = before?.hooks === hooks ? before.id : undefined;
      const found = await find(config, { url, id: known }, signal);
      if (
        found !== undefined &&
        (await callGitHub(
          config.api,
          { method: 'PATCH', url: `${hooks}/${found}`, body: wanted(config, url) },
          signal,
        )) !== 'gone'
      )
        return registered(hooks, found);
      const created = await callGitHub(
        config.api,
        { method: 'POST', url: hooks, body: { name: 'web', ...wanted(config, url) } },
        signal,
      );
      const id = hookId(created);
      if (id === undefined)
        throw new UnavailableError(
          'registration-failed',
          `POST ${hooks}: the answer has no id; is spec.githubAPIURL the address of GitHub's API?`,
        );
      return registered(hooks, id);
    },
    async remove(url, saved, signal) {
      const before = readSaved(saved);
      if (before && before.hooks !== hooks) return removeElsewhere(config, before, signal);
      const id = before?.id ?? (url === undefined ? undefined : await find(config, { url, id: undefined }, signal));
      if (id !== undefined) await callGitHub(config.api, { method: 'DELETE', url: `${hooks}/${id}` }, signal);
    },
  };
}

/** The address of the webhook that was saved; undefined if none was. */
export function hookAddress(saved: string): string | undefined {
  const hook = readSaved(saved);
  return hook && `${hook.hooks}/${hook.id}`;
}

/** Where the hooks of `owner/repository` or of an organization are. */
function hooksUrl(config: GitHubHookConfig): string {
  const path = config.ownerAndRepository.split('/').map(encodeURIComponent);
  return `${config.apiUrl.replace(/\/+$/, '')}/${path.length === 1 ? 'orgs' : 'repos'}/${path.join('/')}/hooks`;
}

function wanted(config: GitHubHookConfig, url: string): object {
  // `ping` is sent to every webhook and cannot be asked for; without any event GitHub would choose `push`.
  const events = config.eventTypes.filter((type) => type !== 'ping');
  return {
    active: true,
    events: events.length > 0 ? events : config.eventTypes,
    config: {
      url,
      content_type: 'json',
      secret: config.secretToken,
      insecure_ssl: config.secure === false ? '1' : '0',
    },
  };
}

/** The id of the hook we saved, else of the one that calls `url`. */
async function find(
  config: GitHubHookConfig,
  by: { readonly url: string; readonly id: string | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  let sameUrl: string | undefined;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const listed = await callGitHub(
      config.api,
      { method: 'GET', url: `${hooksUrl(config)}?per_page=${PER_PAGE}&page=${page}` },
      signal,
    );
    if (!Array.isArray(listed))
      throw new UnavailableError(
        'registration-failed',
        `GET ${hooksUrl(config)}: the answer is not a list; is spec.githubAPIURL the address of GitHub's API?`,
      );
    for (const hook of listed) {
      const id = hookId(hook);
      if (id !== undefined && id === by.id) return id;
      if (member('config.url')(hook) === by.url) sameUrl ??= id;
    }
    if (listed.length < PER_PAGE) break;
  }
  return sameUrl;
}

/** A token is sent only to the host it was given for: a hook at another one has to be removed by hand. */
async function removeElsewhere(config: GitHubHookConfig, before: SavedHook, signal: AbortSignal): Promise<void> {
  const url = `${before.hooks}/${before.id}`;
  try {
    if (new URL(before.hooks).origin !== new URL(config.apiUrl).origin)
      throw new RefusedError('registration-failed', 'it is at another host than spec.githubAPIURL; remove it by hand');
    await callGitHub(config.api, { method: 'DELETE', url }, signal);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    // The new webhook must not wait for an old one that this token cannot remove.
    config.log.warn('source.webhook-left', { hook: url, error: error.message });
  }
}

interface SavedHook {
  readonly hooks: string;
  readonly id: string;
}

function registered(hooks: string, id: string): Registered {
  return { saved: JSON.stringify({ hooks, id } satisfies SavedHook), fields: { webhookIDKey: id } };
}

function readSaved(saved: string | undefined): SavedHook | undefined {
  const json = parsedJson(saved ?? '');
  const hooks = member('hooks')(json);
  const id = member('id')(json);
  return typeof hooks === 'string' && typeof id === 'string' ? { hooks, id } : undefined;
}

function hookId(hook: unknown): string | undefined {
  const id = member('id')(hook);
  return typeof id === 'number' || (typeof id === 'string' && /^\d+$/.test(id)) ? String(id) : undefined;
}
