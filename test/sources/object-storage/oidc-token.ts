import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { FakeServers } from './open-storage.ts';

/** Where the keys are. */
export const JWKS_URL = 'https://issuer.example/keys';
const NOW_S = Date.parse('2026-01-01T00:00:00Z') / 1000;

/** A source that a service account of Google may push to. */
export const GCS_SPEC = {
  provider: 'gcs',
  http: {
    oidc: {
      audience: 'https://weir.example.com',
      serviceAccountEmail: 'push@project.iam.gserviceaccount.com',
      jwksUrl: JWKS_URL,
    },
  },
};

interface TokenOptions {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly kid?: string;
  readonly alg?: string;
}

/** Whoever gives out tokens. */
export class FakeIssuer extends FakeServers {
  readonly #keys = new Map<string, CryptoKey>();

  /** With one key, `a`. */
  static async begin(): Promise<FakeIssuer> {
    const issuer = new FakeIssuer();
    await issuer.rotate('a');
    return issuer;
  }

  /** From now on there is this key alone. */
  async rotate(kid: string): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    this.#keys.set(kid, privateKey);
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
    this.answers.set(JWKS_URL, { body: JSON.stringify({ keys: [jwk] }) });
  }

  /** A token for `GCS_SPEC`; claims over it, undefined takes one away. */
  async token({ claims = {}, kid = 'a', alg = 'RS256' }: TokenOptions = {}): Promise<string> {
    const all: Record<string, unknown> = {
      iss: 'https://accounts.google.com',
      aud: 'https://weir.example.com',
      email: 'push@project.iam.gserviceaccount.com',
      email_verified: true,
      iat: NOW_S,
      exp: NOW_S + 3600,
      ...claims,
    };
    for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
    const key = this.#keys.get(kid) ?? (await generateKeyPair('RS256')).privateKey;
    return new SignJWT(all)
      .setProtectedHeader({ alg, kid, typ: 'JWT' })
      .sign(alg === 'RS256' ? key : Buffer.alloc(32, 7));
  }
}
