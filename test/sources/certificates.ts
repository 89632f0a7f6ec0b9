import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate of a server on 127.0.0.1, its key, and who signed it, as PEM, and where they lie. */
export interface Certificates extends AsyncDisposable {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Holds `ca.pem`, `cert.pem` and `key.pem`. */
  readonly folder: string;
}

/** Made by the `openssl` of this machine, for a day. */
export async function certificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-tls-'));
  const openssl = (...args: readonly string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl('req', '-x509', ...fresh, '-days', '1', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem');
  const name = ['-subj', '/CN=server', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await openssl('req', ...fresh, ...name, '-keyout', 'key.pem', '-out', 'server.csr');
  const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', '1', '-copy_extensions', 'copy'];
  await openssl('x509', '-req', '-in', 'server.csr', ...by, '-out', 'cert.pem');
  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  return {
    ca: await text('ca.pem'),
    cert: await text('cert.pem'),
    key: await text('key.pem'),
    folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
