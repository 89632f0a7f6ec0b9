// White space before a `;` and before a parameter are told apart by what follows, so there is one way to read a list of parameters.
const MEDIA_TYPE =
  /^[!#$%&'*+\-.^`|~\w]+\/[!#$%&'*+\-.^`|~\w]+(?: *;(?: *[!#$%&'*+\-.^`|~\w]+=(?:[!#$%&'*+\-.^`|~\w]+|"(?:[ !#-[\]-~]|\\[ -~])*"))?)*$/;

const CHARSET = /; *charset=(?:"([^"\\]*)"|([^";\s]+))/i;

/** Whether `text` is a media type with, maybe, parameters. An empty parameter (`text/plain;`) is let pass, as HTTP does. [RFC 2046, RFC 9110 8.3.1, 5.6.6] */
export function isMediaType(text: string): boolean {
  return text === 'application/json' || MEDIA_TYPE.test(text);
}

/** Type and subtype in lower case, without parameters. */
export function essence(mediaType: string): string {
  const end = mediaType.indexOf(';');
  return (end === -1 ? mediaType : mediaType.slice(0, end)).trim().toLowerCase();
}

/** The `charset` parameter in lower case, if there is one. */
export function charset(mediaType: string): string | undefined {
  if (!mediaType.includes(';')) return undefined;
  const match = CHARSET.exec(mediaType);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

/** Whether `mediaType` declares JSON: a subtype `json` or one that ends in `+json`, whatever its parameters. [CloudEvents JSON format 3.1.1] */
export function isJson(mediaType: string): boolean {
  if (mediaType === 'application/json') return true;
  const type = essence(mediaType);
  return type.endsWith('/json') || type.endsWith('+json');
}
