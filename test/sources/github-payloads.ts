/** Payloads of GitHub's shape, cut to what is read of them and a little around it. [GitHub "Webhook events and payloads"] */

const OWNER = { login: 'Codertocat', id: 21031067, type: 'User' };
const REPOSITORY = {
  id: 186853002,
  name: 'Hello-World',
  full_name: 'Codertocat/Hello-World',
  private: false,
  owner: OWNER,
};
const SENDER = { login: 'octocat', id: 583231 };
const ORGANIZATION = { login: 'Octocoders', id: 38302899 };
const AT = { repository: REPOSITORY, sender: SENDER };
const IN = { organization: ORGANIZATION, sender: SENDER };
const INSTALLATION = { id: 957387, account: ORGANIZATION, app_id: 29310 };

export interface Example {
  readonly event: string;
  readonly payload: object;
  readonly subject: string | undefined;
  readonly extensions: Readonly<Record<string, string | number | boolean>>;
}

const REPO = { owner: 'Codertocat', repository: 'Hello-World', sender: 'octocat' };
const ORG = { owner: 'Octocoders', sender: 'octocat' };

function example(
  event: string,
  payload: object,
  subject: string | undefined,
  extensions: Example['extensions'],
): Example {
  return { event, payload, subject, extensions };
}

export const EXAMPLES: readonly Example[] = [
  example('check_run', { action: 'created', check_run: { id: 128620228, status: 'queued' }, ...AT }, '128620228', {
    ...REPO,
    action: 'created',
  }),
  example(
    'check_suite',
    { action: 'completed', check_suite: { id: 118578147, conclusion: 'success' }, ...AT },
    '118578147',
    { ...REPO, action: 'completed' },
  ),
  example(
    'commit_comment',
    {
      action: 'created',
      comment: {
        id: 33548674,
        html_url: 'https://github.com/Codertocat/Hello-World/commit/6113728f27ae#commitcomment-33548674',
      },
      ...AT,
    },
    '6113728f27ae#commitcomment-33548674',
    { ...REPO, action: 'created' },
  ),
  example('create', { ref: 'simple-tag', ref_type: 'tag', master_branch: 'master', ...AT }, 'tag', {
    ...REPO,
    ref: 'simple-tag',
  }),
  example('create', { ref: null, ref_type: 'repository', ...AT }, 'repository', REPO),
  example('delete', { ref: 'feature/x', ref_type: 'branch', ...AT }, 'branch', { ...REPO, ref: 'feature/x' }),
  example('deployment', { deployment: { id: 145988746, ref: 'master' }, ...AT }, '145988746', REPO),
  example(
    'deployment_status',
    { deployment_status: { id: 209916254 }, deployment: { id: 145988746 }, ...AT },
    '145988746',
    REPO,
  ),
  example('fork', { forkee: { id: 186853261, name: 'Hello-World' }, ...AT }, '186853261', REPO),
  example(
    'gollum',
    { pages: [{ page_name: 'Home', action: 'created' }, { page_name: 'Main page' }], ...AT },
    'Home,Main page',
    REPO,
  ),
  example(
    'installation',
    { action: 'deleted', installation: INSTALLATION, sender: SENDER, repositories: [REPOSITORY] },
    '957387',
    { installation: 957387, sender: 'octocat', action: 'deleted' },
  ),
  example('installation_repositories', { action: 'added', installation: INSTALLATION, sender: SENDER }, '957387', {
    installation: 957387,
    sender: 'octocat',
    action: 'added',
  }),
  example('integration_installation', { action: 'created', installation: INSTALLATION, sender: SENDER }, '957387', {
    installation: 957387,
    sender: 'octocat',
    action: 'created',
  }),
  example(
    'issue_comment',
    {
      action: 'created',
      issue: { number: 1 },
      comment: { html_url: 'https://github.com/Codertocat/Hello-World/issues/1#issuecomment-492700400' },
      ...AT,
    },
    '1#issuecomment-492700400',
    { ...REPO, action: 'created' },
  ),
  example('issues', { action: 'edited', issue: { id: 444500041, number: 1, title: 'Spelling error' }, ...AT }, '1', {
    ...REPO,
    action: 'edited',
  }),
  example('issues', { action: 'labeled', issue: { number: 7 }, label: { name: 'bug :bug:' }, ...AT }, '7', {
    ...REPO,
    action: 'labeled',
    label: 'bug :bug:',
  }),
  example('issues', { action: 'assigned', issue: { number: 8 }, assignee: { login: 'hubot' }, ...AT }, '8', {
    ...REPO,
    action: 'assigned',
    assignee: 'hubot',
  }),
  example('label', { action: 'deleted', label: { id: 1362937026, name: ':bug: Bugfix' }, ...AT }, ':bug: Bugfix', {
    ...REPO,
    action: 'deleted',
    label: ':bug: Bugfix',
  }),
  example('member', { action: 'added', member: { id: 60495, login: 'hacktocat' }, ...AT }, '60495', {
    ...REPO,
    action: 'added',
  }),
  example(
    'membership',
    { action: 'removed', scope: 'team', member: { id: 60495 }, team: { id: 3253328 }, ...IN },
    '60495',
    { ...ORG, action: 'removed', scope: 'team' },
  ),
  example('milestone', { action: 'created', milestone: { id: 4317517, number: 3 }, ...AT }, '3', {
    ...REPO,
    action: 'created',
  }),
  example('organization', { action: 'member_added', membership: {}, ...IN }, 'member_added', {
    ...ORG,
    action: 'member_added',
  }),
  example('org_block', { action: 'blocked', blocked_user: { login: 'x' }, ...IN }, 'blocked', {
    ...ORG,
    action: 'blocked',
  }),
  example('page_build', { id: 130514899, build: { status: 'built' }, ...AT }, '130514899', REPO),
  example(
    'ping',
    { zen: 'Design for failure.', hook_id: 109948940, hook: { type: 'Repository' }, ...AT },
    '109948940',
    REPO,
  ),
  example('project', { action: 'created', project: { id: 2640902 }, ...AT }, 'created', { ...REPO, action: 'created' }),
  example('project_card', { action: 'moved', project_card: { id: 21640902 }, ...AT }, 'moved', {
    ...REPO,
    action: 'moved',
  }),
  example('project_column', { action: 'edited', project_column: { id: 5368157 }, ...AT }, 'edited', {
    ...REPO,
    action: 'edited',
  }),
  example('public', { ...AT }, '186853002', REPO),
  example(
    'pull_request',
    {
      action: 'opened',
      number: 2,
      pull_request: { id: 279147437, number: 2, head: { ref: 'changes' } },
      installation: { id: 957387 },
      ...AT,
    },
    '2',
    { ...REPO, installation: 957387, action: 'opened', number: 2 },
  ),
  example(
    'pull_request',
    {
      action: 'labeled',
      number: 2,
      pull_request: { number: 2 },
      label: { name: 'ready' },
      assignee: { login: 'hubot' },
      ...AT,
    },
    '2',
    { ...REPO, action: 'labeled', number: 2, label: 'ready', assignee: 'hubot' },
  ),
  example(
    'pull_request_review',
    { action: 'submitted', review: { id: 237895671, state: 'approved' }, pull_request: { number: 2 }, ...AT },
    '237895671',
    { ...REPO, action: 'submitted', review: 'approved' },
  ),
  example(
    'pull_request_review_comment',
    { action: 'created', comment: { id: 284312630 }, installation: { id: 1 }, ...AT },
    '284312630',
    { ...REPO, action: 'created', installation: 1 },
  ),
  example(
    'push',
    {
      ref: 'refs/tags/simple-tag',
      before: '6113728f27ae',
      after: '000000000000',
      created: false,
      deleted: true,
      forced: false,
      compare: 'https://github.com/Codertocat/Hello-World/compare/6113728f27ae...000000000000',
      pusher: { name: 'Codertocat', email: 'x@users.noreply.github.com' },
      ...AT,
    },
    '6113728f27ae...000000000000',
    { ...REPO, pusher: 'Codertocat', ref: 'refs/tags/simple-tag', created: false, deleted: true, forced: false },
  ),
  example(
    'release',
    { action: 'published', release: { id: 17372790, tag_name: '0.0.1', name: null }, ...AT },
    '0.0.1',
    { ...REPO, action: 'published' },
  ),
  example('release', { action: 'edited', release: { tag_name: 'v2', name: 'The second' }, ...AT }, 'v2', {
    ...REPO,
    action: 'edited',
    release: 'The second',
  }),
  example('repository', { action: 'publicized', ...AT }, '186853002', { ...REPO, action: 'publicized' }),
  example('repository_vulnerability_alert', { action: 'create', alert: { id: 91095730 }, ...AT }, '91095730', {
    action: 'create',
  }),
  example(
    'security_advisory',
    { action: 'published', security_advisory: { ghsa_id: 'GHSA-rf4j-j272-fj86' } },
    'GHSA-rf4j-j272-fj86',
    { action: 'published' },
  ),
  example(
    'status',
    {
      id: 6805126730,
      sha: '6113728f27ae',
      name: 'Codertocat/Hello-World',
      context: 'default',
      state: 'success',
      ...AT,
    },
    '6113728f27ae',
    { ...REPO, state: 'success', name: 'Codertocat/Hello-World', context: 'default' },
  ),
  example('team', { action: 'added_to_repository', team: { id: 3253328 }, ...AT, ...IN }, '3253328', {
    sender: 'octocat',
    action: 'added_to_repository',
  }),
  example('team_add', { team: { id: 3253328 }, ...AT }, '186853002', REPO),
  example('watch', { action: 'started', ...AT }, '186853002', { ...REPO, action: 'started' }),
  example('workflow_run', { action: 'completed', workflow_run: { id: 30433642 }, ...AT }, undefined, {
    ...REPO,
    action: 'completed',
  }),
];
