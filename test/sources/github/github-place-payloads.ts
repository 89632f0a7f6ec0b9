import { AT, IN, INSTALLATION, ORG, REPO, REPOSITORY, SENDER, type Row } from './github-payload-parts.ts';

/** Events about the repository, its people and apps, cut to what is read of them and a little around it. */
export const PLACE: readonly Row[] = [
  ['fork', { forkee: { id: 186853261, name: 'Hello-World' }, ...AT }, '186853261', REPO],
  [
    'gollum',
    { pages: [{ page_name: 'Home', action: 'created' }, { page_name: 'Main page' }], ...AT },
    'Home,Main page',
    REPO,
  ],
  [
    'installation',
    { action: 'deleted', installation: INSTALLATION, sender: SENDER, repositories: [REPOSITORY] },
    '957387',
    { installation: 957387, sender: 'octocat', action: 'deleted' },
  ],
  [
    'installation_repositories',
    { action: 'added', installation: INSTALLATION, sender: SENDER },
    '957387',
    {
      installation: 957387,
      sender: 'octocat',
      action: 'added',
    },
  ],
  [
    'integration_installation',
    { action: 'created', installation: INSTALLATION, sender: SENDER },
    '957387',
    {
      installation: 957387,
      sender: 'octocat',
      action: 'created',
    },
  ],
  [
    'label',
    { action: 'deleted', label: { id: 1362937026, name: ':bug: Bugfix' }, ...AT },
    ':bug: Bugfix',
    {
      ...REPO,
      action: 'deleted',
      label: ':bug: Bugfix',
    },
  ],
  [
    'member',
    { action: 'added', member: { id: 60495, login: 'hacktocat' }, ...AT },
    '60495',
    {
      ...REPO,
      action: 'added',
    },
  ],
  [
    'membership',
    { action: 'removed', scope: 'team', member: { id: 60495 }, team: { id: 3253328 }, ...IN },
    '60495',
    { ...ORG, action: 'removed', scope: 'team' },
  ],
  [
    'milestone',
    { action: 'created', milestone: { id: 4317517, number: 3 }, ...AT },
    '3',
    {
      ...REPO,
      action: 'created',
    },
  ],
  [
    'organization',
    { action: 'member_added', membership: {}, ...IN },
    'member_added',
    {
      ...ORG,
      action: 'member_added',
    },
  ],
  [
    'org_block',
    { action: 'blocked', blocked_user: { login: 'x' }, ...IN },
    'blocked',
    {
      ...ORG,
      action: 'blocked',
    },
  ],
  ['page_build', { id: 130514899, build: { status: 'built' }, ...AT }, '130514899', REPO],
  ['ping', { zen: 'Design for failure.', hook_id: 109948940, hook: { type: 'Repository' }, ...AT }, '109948940', REPO],
  ['project', { action: 'created', project: { id: 2640902 }, ...AT }, 'created', { ...REPO, action: 'created' }],
  [
    'project_card',
    { action: 'moved', project_card: { id: 21640902 }, ...AT },
    'moved',
    {
      ...REPO,
      action: 'moved',
    },
  ],
  [
    'project_column',
    { action: 'edited', project_column: { id: 5368157 }, ...AT },
    'edited',
    {
      ...REPO,
      action: 'edited',
    },
  ],
  ['public', { ...AT }, '186853002', REPO],
  ['repository', { action: 'publicized', ...AT }, '186853002', { ...REPO, action: 'publicized' }],
  [
    'repository_vulnerability_alert',
    { action: 'create', alert: { id: 91095730 }, ...AT },
    '91095730',
    {
      action: 'create',
    },
  ],
  [
    'security_advisory',
    { action: 'published', security_advisory: { ghsa_id: 'GHSA-rf4j-j272-fj86' } },
    'GHSA-rf4j-j272-fj86',
    { action: 'published' },
  ],
  [
    'team',
    { action: 'added_to_repository', team: { id: 3253328 }, ...AT, ...IN },
    '3253328',
    {
      sender: 'octocat',
      action: 'added_to_repository',
    },
  ],
  ['team_add', { team: { id: 3253328 }, ...AT }, '186853002', REPO],
  ['watch', { action: 'started', ...AT }, '186853002', { ...REPO, action: 'started' }],
];
