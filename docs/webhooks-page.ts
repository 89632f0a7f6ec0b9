import { PROVIDERS } from '../sources/webhooks/providers.ts';
import type { ProviderAbout } from '../sources/webhooks/provider.ts';

/** Where the page lies. */
export const WEBHOOKS_PAGE: URL = new URL('reference/webhooks.md', import.meta.url);

const HEAD = `# Webhooks

What a [WebhookSource](sources.md#webhooksource) makes of what its sender tells, by \`spec.provider\`. This page is made by \`npm run docs\` from [\`sources/webhooks/\`](../../sources/webhooks).

What holds for all:

- The address is \`/-/sources/<namespace>/webhooksource/<name>\`, with \`--public-url\` in front in \`status.address.url\`. The sender gets 2xx after the event is durable, and not before; 503 with \`Retry-After\` while that cannot be.
- A request is verified over its bytes as they came, in constant time, before anything in it is read. What is not proven genuine is answered 401, with what to do; a header that proves something must come once. \`secrets\` may name several, for the
  time in which one replaces another.
- Where a scheme signs a time, it may be \`toleranceSeconds\` (300) from ours, both ways. Where it signs none, the field is refused: what was recorded can be sent again at any time. It is then the same event, with the same id and source.
- No ids are remembered to answer a repetition from: a repetition emits the same event again, with the same \`id\` and \`source\`, which is how every reader of events tells that it is the same. An answer from memory would promise an event that a
  crash may have taken.
- What is genuine and cannot be read is answered 400 with the reason: its sender keeps it, shows it, and can send it again once that is corrected.
- \`eventTypes\` names what is wanted in the provider's own words; the rest is answered 2xx and counted as skipped.
- The data are the body, byte for byte, with its content type, unless the notes say otherwise. The types are those of the official CloudEvents adapter where there is one, else \`com.<provider>.<event as the provider writes it>\`.
- \`allowedOrigins\` (and \`allowedRate\`, per minute) answer the handshake of CloudEvents: OPTIONS with \`WebHook-Request-Origin\`. \`WebHook-Request-Callback\` is not called: it is a URL that a stranger chose.
- \`authentication\` must be written for providers that have no scheme of their own: \`bearer\` (\`Authorization\`, or \`access_token\` in the query), \`basic\` (each secret is \`user:password\`), \`apiKey\` (in \`apiKeyHeader\`, \`X-Api-Key\`), or
  \`none\`: whoever reaches the address can send, and the status and the log say so.

GitHubSource and \`provider: github\` read the same deliveries into different events: the former's are those of Knative's GitHubSource (\`dev.knative.source.github.<event>\`), the latter's those of the official adapter (\`com.github.<event>.<action>\`).
`;

const EXPRESSIONS = `## Expressions of \`provider: generic\`

\`generic.type\`, \`source\`, \`subject\`, \`id\` and \`time\` are text in which values stand in braces: \`com.acme.{body:/type}\`. Several in one pair of braces, parted by \`|\`, are tried in order: \`{header:X-Id|body:/id|sha256}\`. A backslash takes the meaning of the
character after it away.

| value | is |
|---|---|
| \`{body:/order/id}\` | what the JSON Pointer leads to in the JSON body: text, a number or a boolean |
| \`{header:X-Event}\` | a header that comes once |
| \`{query:kind}\` | a parameter of the query that comes once |
| \`{form:Event}\` | a field of a form body that comes once |
| \`{sha256}\` | the SHA-256 of the body, in hexadecimal digits |
| \`{"text"}\` | that text: a last resort behind \`\\|\` |

Nothing there, or empty, is no value. Without a value \`source\`, \`subject\` and \`time\` are as if they were not written; a request without \`type\` or \`id\` is refused with 400.

## Signatures of \`provider: generic\`

With \`authentication: hmac\`, \`generic.signature\` says how the sender signs: \`header\` is a list (parted by \`,\`, \`;\` or spaces) of which one must fit; \`prefix\` stands before each; \`hash\` is \`sha1\`, \`sha256\` or \`sha512\`, \`encoding\` \`hex\` or \`base64\`;
\`content\` is what is signed, with \`{body}\`, \`{timestamp}\` (from \`timestampHeader\`, or from \`header\` after \`timestampPrefix\`) and \`{id}\` (from \`idHeader\`).

| sender | \`signature\` |
|---|---|
| Vercel | \`{ header: x-vercel-signature, hash: sha1 }\` |
| Paddle | \`{ header: Paddle-Signature, prefix: h1=, timestampPrefix: ts=, content: '{timestamp}:{body}' }\` |
| Webflow | \`{ header: x-webflow-signature, timestampHeader: x-webflow-timestamp, content: '{timestamp}:{body}' }\` |
| WooCommerce | \`{ header: X-WC-Webhook-Signature, encoding: base64 }\` |
| X | \`{ header: X-Twitter-Webhooks-Signature, prefix: sha256=, encoding: base64 }\`, with \`challenge: { crc: true }\` |
| Gitea, Forgejo | \`{ header: X-Gitea-Signature }\` |

## Challenges of \`provider: generic\`

\`generic.challenge.hub\` answers a GET with \`hub.challenge\` (WebSub, Meta): the challenge is echoed for \`hub.mode=subscribe\` if \`hub.verify_token\` is \`verifyToken\`, and \`hub.topic\` is one of \`topics\`; one of the two must be written.
\`generic.challenge.crc\` answers \`crc_token\` (X) with its HMAC; bodies must then be JSON objects, so that no answer can be sent back as one.

## The other direction: asking a subscriber for its consent

The annotation \`weir.dev/webhook-handshake\` on a Trigger (a DNS name, or \`true\` for that of \`--public-url\`) makes Weir the sender of the handshake: before the first delivery, and when the subscriber's address changes, OPTIONS with
\`WebHook-Request-Origin\` is sent to it. Until it answers with \`WebHook-Allowed-Origin\` the Trigger is not Ready with the reason \`HandshakeRefused\`, its events wait, and it is asked again after 1 s, 2 s and so on, up to 5 min.
Each delivery then carries \`WebHook-Request-Origin\`, and a granted \`WebHook-Allowed-Rate\` is kept to: so many requests a minute and process, evenly apart, retries among them. Consent is asked for anew by each process.
`;

const COLUMNS = [
  'signature',
  'type',
  'source',
  'subject',
  'id',
  'time',
  'notes',
] as const satisfies readonly (keyof ProviderAbout)[];

/** The text of docs/reference/webhooks.md. */
export function webhooksPage(): string {
  const rows = PROVIDERS.map(
    ({ name, about }) => `| \`${name}\` | ${COLUMNS.map((column) => about[column]).join(' | ')} |`,
  );
  const head = [`| provider | ${COLUMNS.join(' | ')} |`, `|---|${'---|'.repeat(COLUMNS.length)}`];
  return [HEAD, '## Providers\n', [...head, ...rows, ''].join('\n'), EXPRESSIONS].join('\n');
}
