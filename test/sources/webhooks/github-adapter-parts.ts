/** What the examples of the official adapter have in common. */

export const REPO = 'https://api.github.com/repos/Codertocat/Hello-World';
export const OWNER = 'https://api.github.com/users/Codertocat';
export const ORG = 'https://api.github.com/orgs/Octocoders';
export const AT = '2019-05-15T15:20:18Z';
export const BEFORE = '2019-05-15T15:00:00Z';

export const repository = { name: 'Hello-World', url: REPO, updated_at: AT, owner: { url: OWNER } };
export const sender = { login: 'Codertocat', url: OWNER };
export const organization = { login: 'Octocoders', url: ORG };
export const installation = { id: 957387, account: { url: ORG } };
export const deployment = { id: 145988746, url: `${REPO}/deployments/145988746`, updated_at: AT };
export const pull_request = { id: 279147437, url: `${REPO}/pulls/2`, updated_at: AT };
export const alert = { number: 7, id: 91095730, created_at: BEFORE };

/** Undefined source: the repository's URL; undefined subject: none; undefined time: that of arrival. */
export type AdapterRow = readonly [
  event: string,
  more: object,
  type: string,
  subject?: string | undefined,
  time?: string | undefined,
  source?: string,
];
