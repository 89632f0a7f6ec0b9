import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RefusedError, UnavailableError, ERROR_CODES, quoted, type ErrorCode } from '../events/errors.ts';
import { readRunning } from './running.ts';

/** How a command finds the process to ask. */
export interface AskOptions {
  /** The data folder it serves. */
  readonly data: string;
  readonly adminTokenFile?: string | undefined;
}

const answerSchema = z.object({ code: z.string(), message: z.string() });

/** The admin API of a running process. Rejects `not-running`, or with the code and message it answers. */
export class AdminClient {
  readonly #admin: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(admin: string, token: string | undefined) {
    this.#admin = admin;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  static async of(options: AskOptions): Promise<AdminClient> {
    const running = await readRunning(options.data);
    const token = options.adminTokenFile === undefined ? undefined : await tokenIn(options.adminTokenFile);
    return new AdminClient(running.admin, token);
  }

  get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#ask('GET', path, schema);
  }

  post<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#ask('POST', path, schema);
  }

  async #ask<T>(method: string, path: string, schema: z.ZodType<T>): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`${this.#admin}${path}`, { method, headers: this.#headers, redirect: 'error' });
    } catch (error) {
      throw new UnavailableError(
        'not-running',
        `${this.#admin}: does not answer; see whether the process that serves there is well`,
        { cause: error },
      );
    }
    const value: unknown = await response.json();
    if (response.ok) return schema.parse(value);
    const { code, message } = answerSchema.parse(value);
    throw new RefusedError(known(code), message);
  }
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new RefusedError(
      'usage',
      `--admin-token-file: ${quoted(file)} cannot be read; name a file that holds the token`,
      { cause: error },
    );
  }
}

function known(code: string): ErrorCode {
  return ERROR_CODES.find((one) => one === code) ?? 'internal';
}
