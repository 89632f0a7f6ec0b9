import { member } from '../member.ts';
import { jsonOf } from './notification.ts';

/** What MNS puts around a message, unless it is asked to send it alone (SIMPLIFIED). */
export interface MnsMessage {
  readonly owner: string;
  readonly topic: string;
  readonly message: string;
}

/** The envelope of MNS, in JSON or XML; undefined: the message came alone. [MNS NotifyContentFormat] */
export function mnsMessage(body: Uint8Array): MnsMessage | undefined {
  const json = jsonOf(body);
  const read = json === undefined ? xmlField(Buffer.from(body).toString('utf8')) : jsonField(json);
  const [owner, topic, message] = ['TopicOwner', 'TopicName', 'Message'].map(read);
  return owner === undefined || topic === undefined || message === undefined ? undefined : { owner, topic, message };
}

function jsonField(json: unknown): (name: string) => string | undefined {
  return (name) => {
    const value = member(name)(json);
    return typeof value === 'string' ? value : undefined;
  };
}

// The envelope is flat and has no attributes but on its root: five fixed names need no parser.
function xmlField(xml: string): (name: string) => string | undefined {
  // Trimmed first, so that there is one way to read white space: this looks at what nobody has verified yet.
  if (!/^(?:<\?xml[^>]*\?>)?\s*<Notification\b/.test(xml.trimStart())) return () => undefined;
  return (name) => {
    const from = xml.indexOf(`<${name}>`);
    const to = xml.indexOf(`</${name}>`, from);
    return from === -1 || to === -1 ? undefined : unescaped(xml.slice(from + name.length + 2, to));
  };
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescaped(text: string): string {
  const literal = /^<!\[CDATA\[([\s\S]*)\]\]>$/.exec(text)?.[1];
  return literal ?? text.replaceAll(/&(lt|gt|amp|quot|apos);/g, (_all, name: string) => ENTITIES[name] ?? '');
}
