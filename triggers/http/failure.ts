const NAMES: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
  ['UND_ERR_HEADERS_OVERFLOW', 'headers-too-large'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'malformed-answer'],
  ['UND_ERR_SOCKET', 'closed'],
  ['HTTPParserError', 'malformed-answer'],
]);

/** What went wrong with a request, in a word: `connect-timeout`, `closed`, `malformed-answer`, `headers-too-large`, or the system's code. */
export function failureName(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return (NAMES.get(code) ?? (code.startsWith('HPE_') ? 'malformed-answer' : code)).slice(0, 40);
}

/**
 * The status behind an error: undici drops the connection on an unasked 100 and on a 101 instead of answering with it; for Weir both are final and not retried.
 * [Knative data plane, 1xx]
 */
export function statusBehind(error: Error): number | undefined {
  if (!('code' in error) || error.code !== 'UND_ERR_SOCKET') return undefined;
  return error.message === 'bad response' ? 100 : error.message === 'bad upgrade' ? 101 : undefined;
}
