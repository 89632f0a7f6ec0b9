import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WEBHOOK_PROVIDERS } from '../../crds/webhook-providers.ts';
import { WEBHOOKS_PAGE, webhooksPage } from '../../docs/webhooks-page.ts';
import { PROVIDERS } from '../../sources/webhooks/providers.ts';

test('docs/reference/webhooks.md is what `npm run docs` writes', () => {
  expect(readFileSync(WEBHOOKS_PAGE, 'utf8')).toBe(webhooksPage());
});

test('every provider that can be declared runs, and the other way round', () => {
  expect(PROVIDERS.map(({ name }) => name).toSorted()).toEqual(Object.keys(WEBHOOK_PROVIDERS).toSorted());
});

test.for(PROVIDERS.map(({ name, about }) => [name, about] as const))('the row of %s is one row', ([, about]) => {
  for (const text of Object.values(about)) expect(text).not.toMatch(/[|\n]/);
});
