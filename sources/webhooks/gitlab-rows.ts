import { firstText, firstTime, firstUri, textAt } from './payload.ts';

/** What the official adapter says of one GitLab event. */
export interface GitLabFacts {
  /** As after `com.gitlab.`: `merge_request.open`. */
  readonly type: string;
  /** Undefined: the payload names none. */
  readonly source: string | undefined;
  readonly subject: string | undefined;
  readonly time: string | undefined;
}

interface Row {
  /** Instead of the payload's `object_kind`. */
  readonly name?: string;
  /** What follows the name, the first that is there. */
  readonly suffix?: readonly string[];
  readonly source: readonly string[];
  readonly subject?: readonly string[];
  readonly time?: readonly string[];
}

const HOMEPAGE = ['repository.homepage', 'project.web_url'];
const PROJECT = ['project.web_url', 'repository.homepage'];
const CREATED = ['object_attributes.created_at'];
const JOB: Row = {
  name: 'job',
  suffix: ['job_status', 'build_status'],
  source: HOMEPAGE,
  subject: ['job_id', 'build_id'],
};

/** By `object_kind`; a job is `build` there. The adapter's text calls its fields `job_id` and `job_status`, GitLab `build_id` and `build_status`. [CloudEvents adapters/gitlab.md; GitLab "Webhook events"] */
const ROWS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['push', { source: HOMEPAGE, subject: ['checkout_sha'] }],
  ['tag_push', { source: HOMEPAGE, subject: ['ref'] }],
  ['issue', { suffix: ['object_attributes.state'], source: HOMEPAGE, subject: ['object_attributes.iid'] }],
  [
    'merge_request',
    { suffix: ['object_attributes.action'], source: HOMEPAGE, subject: ['object_attributes.iid'], time: CREATED },
  ],
  ['wiki_page', { suffix: ['object_attributes.action'], source: PROJECT, subject: ['object_attributes.slug'] }],
  ['pipeline', { suffix: ['object_attributes.status'], source: PROJECT, subject: ['object_attributes.id'] }],
  ['job', JOB],
  ['build', JOB],
]);

/** What the adapter does not cover: the kind, and its action where there is one. */
const OTHER: Row = {
  suffix: ['action', 'object_attributes.action', 'status'],
  source: ['project.web_url', 'repository.homepage', 'group.web_url', 'object_attributes.url'],
  subject: [
    'object_attributes.iid',
    'object_attributes.id',
    'tag',
    'deployment_id',
    'user_username',
    'full_path',
    'path_with_namespace',
    'username',
  ],
};

/** The event that a payload tells of, as GitLab's webhooks name it: `object_kind`, or of members, subgroups and system hooks `event_name`. Undefined if it has neither. */
export function gitlabEventName(payload: unknown): string | undefined {
  return firstText(payload, 'object_kind', 'event_name');
}

/** Type, source, subject and time of a payload whose name is `gitlabEventName`'s. Pure. */
export function gitlabFacts(name: string, payload: unknown): GitLabFacts {
  if (name === 'note') return noteFacts(payload);
  const row = ROWS.get(name) ?? OTHER;
  const suffix = firstText(payload, ...(row.suffix ?? []));
  return {
    type: [row.name ?? name, ...(suffix === undefined ? [] : [suffix])].join('.'),
    source: firstUri(payload, ...row.source),
    subject: firstText(payload, ...(row.subject ?? [])),
    time: firstTime(payload, ...(row.time ?? [])),
  };
}

/** A comment: its type says what it is about, `MergeRequest` as `merge_request`; its source is that thing. */
function noteFacts(payload: unknown): GitLabFacts {
  const about = textAt(payload, 'object_attributes.noteable_type')?.replace(/(?<=[a-z])(?=[A-Z])/g, '_');
  const url = firstUri(payload, 'object_attributes.url', ...PROJECT);
  return {
    type: about === undefined ? 'note' : `note.${about.toLowerCase()}`,
    source:
      about === 'Commit' ? firstUri(payload, 'commit.url', 'object_attributes.url') : url?.replace(/#note_.*$/, ''),
    subject: textAt(payload, 'object_attributes.id'),
    time: firstTime(payload, ...CREATED),
  };
}
