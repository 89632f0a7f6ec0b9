import { type Read, member } from '../member.ts';

/** What the official adapter says of one event. Paths are joined by dots. */
export interface GitHubRow {
  /** What follows `com.github.<event>`, each after a dot, where the payload has it. */
  readonly suffix: readonly string[];
  readonly source: Read;
  readonly subject?: string;
  /** Where the time may stand, the first that is one counts; none: the time of arrival. */
  readonly time: readonly string[] | ((action: string) => readonly string[]);
}

/** What is not written in a row: type by action, the repository's URL, no subject, the time of arrival. */
const DEFAULT: GitHubRow = { suffix: ['action'], source: member('repository.url'), time: [] };

const OF_DEPLOYMENT = { source: member('deployment.url') };
const OF_ISSUE = { source: member('issue.url') };
const OF_PULL_REQUEST = { source: member('pull_request.url') };
const OF_ACCOUNT = { source: member('installation.account.url') };
const OF_ORGANIZATION = { source: member('organization.url') };
const OF_OWNER = { source: member('repository.owner.url') };
const PLAIN = { suffix: [] };

/**
 * The events of the official adapter, as its text has them. Where it leaves a question open or slips: the dot before the action of `repository_dispatch` and `repository_ruleset` is written; `status`, whose type ends
 * in a dot there, gets its state; the time of `discussion`, which stands beside `dataschema` there, is its time. [CloudEvents adapters/github.md]
 */
const ROWS: Readonly<Record<string, Partial<GitHubRow>>> = {
  branch_protection_configuration: {},
  branch_protection_rule: { subject: 'rule.id', time: ['rule.updated_at'] },
  check_run: { subject: 'check_run.id', time: ['check_run.completed_at', 'check_run.started_at'] },
  check_suite: { subject: 'check_suite.id', time: ['check_suite.updated_at'] },
  code_scanning_alert: { subject: 'alert.number' },
  commit_comment: {
    source: joined('comment.url', 'comment.commit_id'),
    subject: 'comment.id',
    time: ['comment.updated_at'],
  },
  content_reference: { subject: 'content_reference.id' },
  create: { suffix: ['ref_type'], subject: 'ref' },
  custom_property: { subject: 'definition.property_name' },
  custom_property_values: {},
  delete: { suffix: ['ref_type'], subject: 'ref' },
  dependabot_alert: { subject: 'alert.id' },
  deploy_key: { subject: 'key.id', time: ['key.deleted_at', 'key.created_at'] },
  deployment: { ...PLAIN, subject: 'deployment.id', time: ['deployment.updated_at'] },
  deployment_protection_rule: { ...OF_DEPLOYMENT, subject: 'deployment.id' },
  deployment_review: { ...OF_DEPLOYMENT, subject: 'workflow_run.id' },
  deployment_status: {
    ...OF_DEPLOYMENT,
    suffix: ['deployment_status.state'],
    subject: 'deployment_status.url',
    time: ['deployment_status.updated_at'],
  },
  discussion: { subject: 'discussion.id', time: ['discussion.updated_at'] },
  discussion_comment: { subject: 'discussion.id', time: ['comment.updated_at'] },
  fork: { ...PLAIN, subject: 'forkee.url', time: ['forkee.created_at'] },
  github_app_authorization: { ...PLAIN, source: member('sender.url') },
  gollum: PLAIN,
  installation: { ...OF_ACCOUNT, subject: 'installation.id', time: ['installation.updated_at'] },
  installation_repositories: { ...OF_ACCOUNT, subject: 'installation.id', time: ['installation.updated_at'] },
  installation_target: { ...OF_ACCOUNT, subject: 'installation.id' },
  issue_comment: { ...OF_ISSUE, subject: 'comment.id', time: ['comment.updated_at'] },
  issues: { subject: 'issue.number', time: ['issue.updated_at'] },
  label: { subject: 'label.name' },
  marketplace_purchase: {
    source: parentOf('sender.url'),
    subject: 'marketplace_purchase.account.login',
    time: ['effective_date'],
  },
  member: { subject: 'member.login' },
  membership: { suffix: ['scope', 'action'], source: member('team.url'), subject: 'member.login' },
  merge_group: { subject: 'merge_group.head_ref' },
  meta: { subject: 'hook_id', time: ['hook.updated_at'] },
  milestone: { subject: 'milestone.number', time: ['milestone.updated_at'] },
  org_block: { ...OF_ORGANIZATION, subject: 'blocked_user.login' },
  organization: { ...OF_ORGANIZATION, subject: 'membership.user.login' },
  package: { subject: 'package.id', time: ['package.updated_at', 'package.created_at'] },
  page_build: { ...PLAIN, subject: 'build.url', time: ['pusher.updated_at'] },
  project: { subject: 'project.id', time: ['project.updated_at'] },
  project_card: { subject: 'project_card.id', time: ['project_card.updated_at'] },
  project_column: { subject: 'project_column.id', time: ['project_column.updated_at'] },
  projects_v2: { subject: 'projects_v2.id', time: ['projects_v2.updated_at'] },
  projects_v2_item: { subject: 'projects_v2_item.id', time: ['projects_v2_item.updated_at'] },
  projects_v2_status_update: {
    subject: 'projects_v2_status_update.id',
    time: ['projects_v2_status_update.updated_at'],
  },
  public: { ...PLAIN, ...OF_OWNER, subject: 'repository.name', time: ['repository.updated_at'] },
  pull_request: { subject: 'number', time: ['pull_request.updated_at'] },
  pull_request_review: { ...OF_PULL_REQUEST, subject: 'review.id', time: ['review.submitted_at'] },
  pull_request_review_comment: { ...OF_PULL_REQUEST, subject: 'comment.id', time: ['pull_request.updated_at'] },
  pull_request_review_thread: { ...OF_PULL_REQUEST, subject: 'pull_request.id' },
  push: { ...PLAIN, subject: 'ref' },
  registry_package: { subject: 'registry_package.html_url', time: ['registry_package.updated_at'] },
  release: { subject: 'release.id', time: (action) => [`release.${action}_at`] },
  repository: { ...OF_OWNER, subject: 'repository.name', time: ['repository.updated_at'] },
  repository_advisory: { subject: 'repository_advisory.ghsa_id', time: ['repository_advisory.updated_at'] },
  repository_dispatch: OF_OWNER,
  repository_import: { ...PLAIN, ...OF_OWNER, subject: 'repository.name', time: ['repository.updated_at'] },
  repository_ruleset: { ...OF_OWNER, subject: 'repository.name', time: ['repository.updated_at'] },
  repository_vulnerability_alert: { subject: 'alert.id' },
  secret_scanning_alert: { subject: 'alert.number', time: ['alert.updated_at', 'alert.created_at'] },
  secret_scanning_alert_location: { subject: 'alert.number', time: ['alert.updated_at', 'alert.created_at'] },
  security_advisory: {
    source: () => 'github.com',
    subject: 'security_advisory.ghsa_id',
    time: ['security_advisory.updated_at'],
  },
  security_and_analysis: PLAIN,
  sponsorship: { subject: 'sponsorship.sponsor.login' },
  star: { time: ['starred_at'] },
  status: { suffix: ['state'], subject: 'sha', time: ['updated_at'] },
  team: { subject: 'team.id', time: ['updated_at'] },
  team_add: { subject: 'team.id' },
  watch: {},
  workflow_dispatch: { ...PLAIN, subject: 'workflow' },
  workflow_job: { subject: 'workflow_job.name' },
  workflow_run: { subject: 'workflow.name' },
};

const BY_EVENT: ReadonlyMap<string, GitHubRow> = new Map(
  Object.entries(ROWS).map(([event, row]) => [event, { ...DEFAULT, ...row }]),
);

/** The row of an event named as in `X-GitHub-Event`; one that the adapter does not know, such as `ping`, has none of its own. */
export function githubRow(event: string): GitHubRow {
  return BY_EVENT.get(event) ?? DEFAULT;
}

/** The events of the official adapter. */
export const GITHUB_ADAPTER_EVENTS: readonly string[] = [...BY_EVENT.keys()];

function joined(...places: readonly string[]): Read {
  return (payload) => {
    const parts = places.map((names) => member(names)(payload));
    return parts.every((part) => typeof part === 'string') ? parts.join('/') : undefined;
  };
}

function parentOf(names: string): Read {
  return (payload) => {
    const url = member(names)(payload);
    return typeof url === 'string' ? url.replace(/\/[^/]*$/, '') : undefined;
  };
}
