import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hubSignatureRefusal } from '../../sources/hub-signature.ts';

const SECRET = "It's a Secret to Everybody";
const BODY = new TextEncoder().encode('Hello, World!');
const OFFICIAL = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

function refusal(
  rawHeaders: readonly string[],
  secrets: readonly string[] = [SECRET],
  body: Uint8Array = BODY,
): string | undefined {
  return hubSignatureRefusal({ rawHeaders, body }, secrets)?.code;
}

function sign(secret: string, body: Uint8Array = BODY): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

test("GitHub's own example is genuine [Validating webhook deliveries]", () => {
  expect(refusal(['X-Hub-Signature-256', `sha256=${OFFICIAL}`])).toBeUndefined();
});

test('the header may be written in any case, and its digits too', () => {
  expect(refusal(['x-hub-signature-256', `sha256=${OFFICIAL.toUpperCase()}`])).toBeUndefined();
});

test('another body, another secret: invalid', () => {
  expect(
    refusal(['X-Hub-Signature-256', `sha256=${OFFICIAL}`], [SECRET], new TextEncoder().encode('Hello, World')),
  ).toBe('signature-invalid');
  expect(refusal(['X-Hub-Signature-256', `sha256=${OFFICIAL}`], ['other'])).toBe('signature-invalid');
});

test('each of several active secrets counts', () => {
  for (const secret of ['old', 'new'])
    expect(refusal(['X-Hub-Signature-256', sign(secret)], ['old', 'new'])).toBeUndefined();
  expect(refusal(['X-Hub-Signature-256', sign('older')], ['old', 'new'])).toBe('signature-invalid');
});

test('without a secret nothing is genuine, and an empty secret is none', () => {
  expect(refusal(['X-Hub-Signature-256', sign('')], [''])).toBe('signature-invalid');
  expect(refusal(['X-Hub-Signature-256', sign('')], [])).toBe('signature-invalid');
});

describe('a header that is not the signature of one body', () => {
  test.each([
    ['no prefix', OFFICIAL],
    ['another algorithm', `sha1=${OFFICIAL}`],
    ['too short', `sha256=${OFFICIAL.slice(1)}`],
    ['too long', `sha256=${OFFICIAL}00`],
    ['not hexadecimal', `sha256=${OFFICIAL.slice(1)}g`],
    ['two in one', `sha256=${OFFICIAL}, sha256=${OFFICIAL}`],
    ['empty', ''],
  ])('%s: invalid', (_what, value) => {
    expect(refusal(['X-Hub-Signature-256', value])).toBe('signature-invalid');
  });

  test('twice, even if one of them is right: invalid', () => {
    expect(refusal(['X-Hub-Signature-256', `sha256=${OFFICIAL}`, 'x-hub-signature-256', sign('other')])).toBe(
      'signature-invalid',
    );
  });
});

test('none: missing, and the message says what to do', () => {
  expect(hubSignatureRefusal({ rawHeaders: [], body: BODY }, [SECRET])).toEqual({
    status: 401,
    code: 'signature-missing',
    message: 'X-Hub-Signature-256 is missing; set the secret of the source in the webhook',
  });
});

test('SHA-1 alone is missing SHA-256, and the message says so', () => {
  const sha1 = `sha1=${createHmac('sha1', SECRET).update(BODY).digest('hex')}`;
  expect(hubSignatureRefusal({ rawHeaders: ['X-Hub-Signature', sha1], body: BODY }, [SECRET])).toMatchObject({
    status: 401,
    code: 'signature-missing',
    message: expect.stringContaining('SHA-1 and not accepted'),
  });
});

test('no message holds the secret or the right signature', () => {
  const said = JSON.stringify([
    hubSignatureRefusal({ rawHeaders: [], body: BODY }, [SECRET]),
    hubSignatureRefusal({ rawHeaders: ['X-Hub-Signature-256', sign('x')], body: BODY }, [SECRET]),
  ]);
  expect(said).not.toContain('Secret to Everybody');
  expect(said).not.toContain(OFFICIAL);
});
