/** What GitHub's payloads have in common, and the shape of an example. [GitHub "Webhook events and payloads"] */

export const OWNER = { login: 'Codertocat', id: 21031067, type: 'User' };
export const REPOSITORY = {
  id: 186853002,
  name: 'Hello-World',
  full_name: 'Codertocat/Hello-World',
  private: false,
  owner: OWNER,
};
export const SENDER = { login: 'octocat', id: 583231 };
export const ORGANIZATION = { login: 'Octocoders', id: 38302899 };
export const AT = { repository: REPOSITORY, sender: SENDER };
export const IN = { organization: ORGANIZATION, sender: SENDER };
export const INSTALLATION = { id: 957387, account: ORGANIZATION, app_id: 29310 };

export interface Example {
  readonly event: string;
  readonly payload: object;
  readonly subject: string | undefined;
  readonly extensions: Readonly<Record<string, string | number | boolean>>;
}

export const REPO = { owner: 'Codertocat', repository: 'Hello-World', sender: 'octocat' };
export const ORG = { owner: 'Octocoders', sender: 'octocat' };

export type Row = readonly [
  event: string,
  payload: object,
  subject: string | undefined,
  extensions: Example['extensions'],
];
