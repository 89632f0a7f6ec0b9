import { charset } from '../media-type.ts';

// Of these, the characters of ASCII are the bytes that UTF-8 has for them.
const LIKE_ASCII = /^(?:us-ascii|ascii|iso-8859-\d+|windows-125\d)$/;
const NOT_ASCII = /[^\0-\x7f]/;

/**
 * Whether `text` is, as UTF-8, what data of this media type are: its charset is UTF-8 or not given, or cannot be told apart from it here. Otherwise data travel as base64.
 * [CloudEvents JSON format 3.1.1: "properly encoded according to the datacontenttype"]
 */
export function isUtf8Text(mediaType: string, text: string): boolean {
  const encoding = charset(mediaType);
  if (encoding === undefined || encoding === 'utf-8' || encoding === 'utf8') return true;
  return LIKE_ASCII.test(encoding) && !NOT_ASCII.test(text);
}
