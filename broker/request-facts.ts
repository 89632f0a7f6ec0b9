/** What the event route looks at in a request's headers before an event is made of them. */
export interface RequestFacts {
  /** Of Content-Length; undefined with chunked coding. */
  readonly bodyBytes: number | undefined;
  /** Content-Encoding, if it is not `identity`. */
  readonly encoding: string | undefined;
  /** `traceparent`, if it is well-formed. [W3C Trace Context 3.2] */
  readonly trace: string | undefined;
}

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(?:-[\x21-\x7e]{0,200})?$/;

/** One pass over raw headers; compares lengths first, as most names are others. */
export function requestFacts(rawHeaders: readonly string[]): RequestFacts {
  let bodyBytes: number | undefined;
  let encoding: string | undefined;
  let trace: string | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    if (name.length === 14) {
      // The parser has made sure that it is a number and there once.
      if (name.toLowerCase() === 'content-length') bodyBytes = Number(value);
    } else if (name.length === 11) {
      if (name.toLowerCase() === 'traceparent' && TRACEPARENT.test(value)) trace = value;
    } else if (name.length === 16 && name.toLowerCase() === 'content-encoding' && value.toLowerCase() !== 'identity') {
      encoding = value;
    }
  }
  return { bodyBytes, encoding, trace };
}
