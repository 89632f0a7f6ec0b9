import { githubKind } from '../../../sources/github/kind.ts';
import { webhookSuite } from '../../conformance/webhook.ts';
import { delivery, github } from './github-delivery.ts';

const PUSH = JSON.stringify({ ref: 'refs/heads/main' });

webhookSuite('GitHubSource', () => ({
  kind: githubKind,
  instance: github(),
  request: (n) => delivery(PUSH, { 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': `delivery-${n}` }),
  forged: () => delivery(PUSH, { 'X-GitHub-Event': 'push', 'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}` }),
  wrong: { spec: { ...Object(github().spec), eventTypes: ['pushed'] }, path: 'spec.eventTypes.0' },
}));
