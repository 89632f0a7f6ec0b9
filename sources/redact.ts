const REDACTED = '[redacted]';

/** `text` in one line of at most 500 characters, without any of `secrets`: for messages that others wrote, before they reach a log or a status. */
export function redact(text: string, secrets: Iterable<string>): string {
  let clean = text;
  for (const secret of [...secrets].filter((secret) => secret !== '').sort((a, b) => b.length - a.length)) {
    for (const form of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]))
      clean = clean.replaceAll(form, REDACTED);
  }
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const line = clean.replaceAll(/[\u0000-\u001F\u007F]+/g, ' ').trim();
  return line.length <= 500 ? line : `${line.slice(0, 497)}...`;
}

/** What an error says, redacted: never its stack or its cause. */
export function errorText(error: unknown, secrets: Iterable<string>): string {
  return redact(error instanceof Error ? error.message : String(error), secrets);
}
