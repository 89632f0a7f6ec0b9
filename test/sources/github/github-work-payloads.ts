import { AT, REPO, type Row } from './github-payload-parts.ts';

/** Events about code, issues and pull requests, cut to what is read of them and a little around it. */
export const WORK: readonly Row[] = [
  [
    'check_run',
    { action: 'created', check_run: { id: 128620228, status: 'queued' }, ...AT },
    '128620228',
    {
      ...REPO,
      action: 'created',
    },
  ],
  [
    'check_suite',
    { action: 'completed', check_suite: { id: 118578147, conclusion: 'success' }, ...AT },
    '118578147',
    { ...REPO, action: 'completed' },
  ],
  [
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
  ],
  [
    'create',
    { ref: 'simple-tag', ref_type: 'tag', master_branch: 'master', ...AT },
    'tag',
    {
      ...REPO,
      ref: 'simple-tag',
    },
  ],
  ['create', { ref: null, ref_type: 'repository', ...AT }, 'repository', REPO],
  ['delete', { ref: 'feature/x', ref_type: 'branch', ...AT }, 'branch', { ...REPO, ref: 'feature/x' }],
  ['deployment', { deployment: { id: 145988746, ref: 'master' }, ...AT }, '145988746', REPO],
  [
    'deployment_status',
    { deployment_status: { id: 209916254 }, deployment: { id: 145988746 }, ...AT },
    '145988746',
    REPO,
  ],
  [
    'issue_comment',
    {
      action: 'created',
      issue: { number: 1 },
      comment: { html_url: 'https://github.com/Codertocat/Hello-World/issues/1#issuecomment-492700400' },
      ...AT,
    },
    '1#issuecomment-492700400',
    { ...REPO, action: 'created' },
  ],
  [
    'issues',
    { action: 'edited', issue: { id: 444500041, number: 1, title: 'Spelling error' }, ...AT },
    '1',
    {
      ...REPO,
      action: 'edited',
    },
  ],
  [
    'issues',
    { action: 'labeled', issue: { number: 7 }, label: { name: 'bug :bug:' }, ...AT },
    '7',
    {
      ...REPO,
      action: 'labeled',
      label: 'bug :bug:',
    },
  ],
  [
    'issues',
    { action: 'assigned', issue: { number: 8 }, assignee: { login: 'hubot' }, ...AT },
    '8',
    {
      ...REPO,
      action: 'assigned',
      assignee: 'hubot',
    },
  ],
  [
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
  ],
  [
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
  ],
  [
    'pull_request_review',
    { action: 'submitted', review: { id: 237895671, state: 'approved' }, pull_request: { number: 2 }, ...AT },
    '237895671',
    { ...REPO, action: 'submitted', review: 'approved' },
  ],
  [
    'pull_request_review_comment',
    { action: 'created', comment: { id: 284312630 }, installation: { id: 1 }, ...AT },
    '284312630',
    { ...REPO, action: 'created', installation: 1 },
  ],
  [
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
  ],
  [
    'release',
    { action: 'published', release: { id: 17372790, tag_name: '0.0.1', name: null }, ...AT },
    '0.0.1',
    { ...REPO, action: 'published' },
  ],
  [
    'release',
    { action: 'edited', release: { tag_name: 'v2', name: 'The second' }, ...AT },
    'v2',
    {
      ...REPO,
      action: 'edited',
      release: 'The second',
    },
  ],
  [
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
  ],
  [
    'workflow_run',
    { action: 'completed', workflow_run: { id: 30433642 }, ...AT },
    undefined,
    {
      ...REPO,
      action: 'completed',
    },
  ],
];
