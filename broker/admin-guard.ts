import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { RefusedError, quoted } from '../events/errors.ts';
import { loopback } from './listener.ts';

const TOKEN_CHARACTERS_MIN = 16;

/** Who may use the admin listener. */
export interface AdminGuard {
  /** Throws `forbidden` for a page of another origin or a name that was rebound to this machine, `unauthorized` without the token. */
  check(request: IncomingMessage): void;
  /** As `check`, without the token: for what a probe may ask. */
  checkOrigin(request: IncomingMessage): void;
  /** Whether the request may know more than a probe. */
  trusted(request: IncomingMessage): boolean;
}

/** Reads the token. Rejects `usage` if there is none in the file or it is short enough to guess. */
export async function readToken(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new RefusedError(
      'usage',
      `--admin-token-file: ${quoted(file)} cannot be read; name a file that holds the token`,
      { cause: error },
    );
  }
  const token = text.trim();
  if (token.length >= TOKEN_CHARACTERS_MIN && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new RefusedError(
    'usage',
    `--admin-token-file: ${quoted(file)} holds no token of at least ${TOKEN_CHARACTERS_MIN} visible characters; make one with: openssl rand -hex 32`,
  );
}

/** Throws `usage` for a listener that others can reach and that asks for no token. */
export function requireToken(host: string, token: string | undefined): void {
  if (token !== undefined || loopback(host)) return;
  throw new RefusedError(
    'usage',
    `--admin: ${quoted(host)} can be reached from elsewhere, so it needs --admin-token-file; or use 127.0.0.1`,
  );
}

/** `host` is the address it listens on. Without a token, or on loopback, only names of this machine are answered. */
export function adminGuard(host: string, token: string | undefined): AdminGuard {
  const expected = token === undefined ? undefined : digest(token);
  const anyName = token !== undefined && !loopback(host);
  const authorized = (request: IncomingMessage): boolean => {
    if (!expected) return true;
    const [, given] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    return timingSafeEqual(expected, digest(given ?? ''));
  };
  const checkOrigin = (request: IncomingMessage): void => {
    const name = request.headers.host ?? '';
    if (!anyName && !loopback(hostIn(name)) && hostIn(name) !== host) {
      throw new RefusedError('forbidden', `Host: ${quoted(name)} is not a name of this machine; ask at ${host}`);
    }
    const { origin } = request.headers;
    if (origin !== undefined && origin !== `http://${name}` && origin !== `https://${name}`) {
      throw new RefusedError('forbidden', `Origin: ${quoted(origin)} may not use this API; only its own pages may`);
    }
  };
  return {
    checkOrigin,
    trusted: authorized,
    check(request) {
      checkOrigin(request);
      if (!authorized(request)) {
        throw new RefusedError('unauthorized', 'Authorization: needs "Bearer" with the token of --admin-token-file');
      }
    },
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The name in a Host header, without port and brackets. */
function hostIn(header: string): string {
  const [, v6, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? [];
  return (v6 ?? name ?? '').toLowerCase();
}
