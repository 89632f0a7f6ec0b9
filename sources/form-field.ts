/** The bytes of the only field `name` of a form body, undefined if there is none, more than one, or its percent-coding is broken. [URL Standard application/x-www-form-urlencoded] */
export function formField(body: Uint8Array, name: string): Uint8Array | undefined {
  // latin1 keeps every byte as one character, so no byte is lost to a decoder.
  const fields = Buffer.from(body)
    .toString('latin1')
    .split('&')
    .filter((field) => field.startsWith(`${name}=`));
  const [field, ...others] = fields;
  return field === undefined || others.length > 0 ? undefined : decoded(field.slice(name.length + 1));
}

function decoded(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    if (char === PERCENT) {
      const hex = text.slice(i + 1, i + 3);
      if (!/^[\dA-Fa-f]{2}$/.test(hex)) return undefined;
      bytes[length] = Number.parseInt(hex, 16);
      i += 2;
    } else bytes[length] = char === PLUS ? SPACE : char;
    length += 1;
  }
  return bytes.slice(0, length);
}

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
