import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { reconcile } from '../../resources/reconcile.ts';
import { secretVariable } from '../../resources/secrets.ts';
import { facts, github, secret, shown, snapshot, statusOf, world } from './fixtures.ts';

const ONE = github('repo');

describe('the value of a secret', () => {
  test('comes from the environment where no Secret is declared', () => {
    const env = { WEIR_SECRET_DEFAULT_HOOK_TOKEN: 'from-env' };
    const { plan } = reconcile(snapshot([ONE]), world({ env }), facts());
    expect(plan.sources[0]?.secrets).toEqual(new Map([['hook/token', 'from-env']]));
  });

  test.each([
    [['default', 'hook', 'token'], 'WEIR_SECRET_DEFAULT_HOOK_TOKEN'],
    [['my-team', 'git.hub', 'access_token'], 'WEIR_SECRET_MY_TEAM_GIT_HUB_ACCESS_TOKEN'],
  ] as const)('of %j is in %s', ([namespace, name, key], variable) => {
    expect(secretVariable(namespace, { secretKeyRef: { name, key } })).toBe(variable);
  });

  test('that comes from both is refused rather than guessed', () => {
    const env = { WEIR_SECRET_DEFAULT_HOOK_TOKEN: 'from-env' };
    const result = reconcile(snapshot([ONE, secret('hook', { token: 'declared' })]), world({ env }), facts());
    expect(shown(statusOf(result, ONE), 'SecretsProvided')).toBe(
      'SecretsProvided=False SecretAmbiguous: key token of Secret default/hook is declared, and WEIR_SECRET_DEFAULT_HOOK_TOKEN is set too; keep one of the two',
    );
  });

  test('whose variable may be meant for two is refused for both', () => {
    const key = (name: string, key: string): Readonly<Record<string, unknown>> => ({
      secretToken: { secretKeyRef: { name, key } },
    });
    const a = github('a', key('git-hub', 'token'));
    const b = github('b', key('git', 'hub-token'));
    const env = { WEIR_SECRET_DEFAULT_GIT_HUB_TOKEN: 'x' };
    const result = reconcile(snapshot([a, b]), world({ env }), facts());
    for (const one of [a, b])
      expect(shown(statusOf(result, one), 'Ready')).toBe(
        'Ready=False SecretAmbiguous: WEIR_SECRET_DEFAULT_GIT_HUB_TOKEN could be meant for key hub-token of Secret default/git or key token of Secret default/git-hub; declare these Secrets, and unset it',
      );
  });

  test('that two sources share is theirs both', () => {
    const env = { WEIR_SECRET_DEFAULT_HOOK_TOKEN: 'x' };
    const result = reconcile(snapshot([github('a'), github('b')]), world({ env }), facts());
    expect(result.plan.sources.map(({ waiting }) => waiting)).toEqual([undefined, undefined]);
  });

  test('that is empty is none: everybody knows it', () => {
    const result = reconcile(snapshot([ONE, secret('hook', { token: '' })]), world(), facts());
    expect(shown(statusOf(result, ONE), 'Ready')).toContain('key token of Secret default/hook is empty');
  });

  test('is in no status', () => {
    const env = { WEIR_SECRET_DEFAULT_OTHER_TOKEN: 'S3NTINEL' };
    const other = github('other', { secretToken: { secretKeyRef: { name: 'other', key: 'token' } } });
    const result = reconcile(snapshot([ONE, other, secret('hook', { token: 'S3NTINEL' })]), world({ env }), facts());
    expect(result.plan.sources.every(({ waiting }) => waiting === undefined)).toBe(true);
    expect(inspect(result.statuses, { depth: 20 })).not.toContain('S3NTINEL');
  });
});
