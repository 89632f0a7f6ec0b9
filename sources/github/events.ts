import type { AttributeValue } from '../../events/event.ts';
import { type Read, member } from '../member.ts';

/** What a payload says about itself, in attributes. An extension that the payload lacks, or that no attribute can carry, is left out. */
export interface GitHubFacts {
  readonly subject?: string;
  readonly extensions: Readonly<Record<string, AttributeValue>>;
}

interface Row {
  readonly subject?: Read;
  readonly extensions: Readonly<Record<string, Read>>;
}

const AT_REPOSITORY = {
  owner: first(member('repository.owner.login'), member('repository.owner.name')),
  repository: member('repository.name'),
  sender: member('sender.login'),
};
const AT_ORGANIZATION = { owner: member('organization.login'), sender: member('sender.login') };
const ACTION = { action: member('action') };
const INSTALLATION = { installation: member('installation.id') };

const CHECK = (what: string): Row => ({ subject: member(`${what}.id`), extensions: { ...AT_REPOSITORY, ...ACTION } });
const COMMENTED: Row = { subject: lastPart('comment.html_url'), extensions: { ...AT_REPOSITORY, ...ACTION } };
const REF: Row = { subject: member('ref_type'), extensions: { ...AT_REPOSITORY, ref: member('ref') } };
const DEPLOYMENT: Row = { subject: member('deployment.id'), extensions: AT_REPOSITORY };
const INSTALLED: Row = {
  subject: member('installation.id'),
  extensions: { ...INSTALLATION, sender: member('sender.login'), ...ACTION },
};
const BY_ACTION: Row = { subject: member('action'), extensions: { ...AT_REPOSITORY, ...ACTION } };
const BY_ACTION_IN_ORGANIZATION: Row = { subject: member('action'), extensions: { ...AT_ORGANIZATION, ...ACTION } };
const BY_REPOSITORY: Row = { subject: member('repository.id'), extensions: AT_REPOSITORY };

/** Subject and extensions by event, as Knative's GitHubSource chooses them. [eventing-github pkg/common/events.go] */
const ROWS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['check_run', CHECK('check_run')],
  ['check_suite', CHECK('check_suite')],
  ['commit_comment', COMMENTED],
  ['create', REF],
  ['delete', REF],
  ['deployment', DEPLOYMENT],
  ['deployment_status', DEPLOYMENT],
  ['fork', { subject: member('forkee.id'), extensions: AT_REPOSITORY }],
  ['gollum', { subject: pageNames, extensions: AT_REPOSITORY }],
  ['installation', INSTALLED],
  ['installation_repositories', INSTALLED],
  ['integration_installation', INSTALLED],
  ['integration_installation_repositories', INSTALLED],
  ['issue_comment', COMMENTED],
  [
    'issues',
    {
      subject: member('issue.number'),
      extensions: { ...AT_REPOSITORY, ...ACTION, label: member('label.name'), assignee: member('assignee.login') },
    },
  ],
  [
    'label',
    { subject: member('label.name'), extensions: { ...AT_REPOSITORY, ...ACTION, label: member('label.name') } },
  ],
  ['member', { subject: member('member.id'), extensions: { ...AT_REPOSITORY, ...ACTION } }],
  [
    'membership',
    { subject: member('member.id'), extensions: { ...AT_ORGANIZATION, ...ACTION, scope: member('scope') } },
  ],
  ['milestone', { subject: member('milestone.number'), extensions: { ...AT_REPOSITORY, ...ACTION } }],
  ['organization', BY_ACTION_IN_ORGANIZATION],
  ['org_block', BY_ACTION_IN_ORGANIZATION],
  ['page_build', { subject: member('id'), extensions: AT_REPOSITORY }],
  ['ping', { subject: member('hook_id'), extensions: AT_REPOSITORY }],
  ['project', BY_ACTION],
  ['project_card', BY_ACTION],
  ['project_column', BY_ACTION],
  ['public', BY_REPOSITORY],
  [
    'pull_request',
    {
      subject: member('pull_request.number'),
      extensions: {
        ...AT_REPOSITORY,
        ...INSTALLATION,
        ...ACTION,
        number: member('number'),
        label: member('label.name'),
        assignee: member('assignee.login'),
      },
    },
  ],
  [
    'pull_request_review',
    {
      subject: member('review.id'),
      extensions: { ...AT_REPOSITORY, ...INSTALLATION, ...ACTION, review: member('review.state') },
    },
  ],
  [
    'pull_request_review_comment',
    { subject: member('comment.id'), extensions: { ...AT_REPOSITORY, ...INSTALLATION, ...ACTION } },
  ],
  [
    'push',
    {
      subject: lastPart('compare'),
      extensions: {
        ...AT_REPOSITORY,
        ...INSTALLATION,
        pusher: member('pusher.name'),
        ref: member('ref'),
        created: member('created'),
        deleted: member('deleted'),
        forced: member('forced'),
      },
    },
  ],
  [
    'release',
    {
      subject: member('release.tag_name'),
      extensions: { ...AT_REPOSITORY, ...INSTALLATION, ...ACTION, release: member('release.name') },
    },
  ],
  ['repository', { subject: member('repository.id'), extensions: { ...AT_REPOSITORY, ...ACTION } }],
  ['repository_vulnerability_alert', { subject: member('alert.id'), extensions: ACTION }],
  ['security_advisory', { subject: member('security_advisory.ghsa_id'), extensions: ACTION }],
  [
    'status',
    {
      subject: member('sha'),
      extensions: { ...AT_REPOSITORY, state: member('state'), name: member('name'), context: member('context') },
    },
  ],
  ['team', { subject: member('team.id'), extensions: { sender: member('sender.login'), ...ACTION } }],
  ['team_add', BY_REPOSITORY],
  ['watch', { subject: member('repository.id'), extensions: { ...AT_REPOSITORY, ...ACTION } }],
]);

/** An event that Knative's source does not know has no subject: what it would choose cannot be guessed, and a later choice would change events that filters see. */
const UNKNOWN: Row = { extensions: { ...AT_REPOSITORY, ...ACTION } };

/** Reads subject and extensions of an event named as in `X-GitHub-Event`. `payload` is whatever JSON came. Pure. */
export function githubFacts(event: string, payload: unknown): GitHubFacts {
  const row = ROWS.get(event) ?? UNKNOWN;
  const extensions: Record<string, AttributeValue> = {};
  for (const [name, read] of Object.entries(row.extensions)) {
    const value = attributeValue(read(payload));
    if (value !== undefined) extensions[name] = value;
  }
  const subject = attributeValue(row.subject?.(payload));
  return subject === undefined ? { extensions } : { subject: String(subject), extensions };
}

/** A JSON value as an attribute: Boolean, Integer if it fits 32 bits, else its digits; text without what no attribute may hold. [CloudEvents 1.0 "Type System"] */
function attributeValue(value: unknown): AttributeValue | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? (Math.abs(value) < 2 ** 31 ? value : String(value)) : undefined;
  return typeof value === 'string' && value !== '' && value.isWellFormed() && !NOT_IN_A_STRING.test(value)
    ? value
    : undefined;
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NOT_IN_A_STRING = /[\u0000-\u001F\u007F-\u009F\p{Noncharacter_Code_Point}]/u;

function first(...reads: readonly Read[]): Read {
  return (payload) => reads.map((read) => read(payload)).find((value) => value !== undefined);
}

function lastPart(path: string): Read {
  const read = member(path);
  return (payload) => {
    const url = read(payload);
    return typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : undefined;
  };
}

function pageNames(payload: unknown): unknown {
  const pages = member('pages')(payload);
  return Array.isArray(pages)
    ? pages
        .map(member('page_name'))
        .filter((name) => typeof name === 'string')
        .join(',')
    : undefined;
}
