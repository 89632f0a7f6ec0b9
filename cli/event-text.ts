import { attribute, type CloudEvent } from '../events/event.ts';
import { visible, type Style } from './output.ts';

const SHOWN_BYTES = 4096;
const HEADLINE = new Set(['specversion', 'id', 'source', 'type']);

/** An event as people read it: a headline, its other attributes, its data. `time` is when it arrived. */
export function eventText(event: CloudEvent, time: string, paint: (style: Style, text: string) => string): string {
  const value = (name: string): string => visible(attribute(event, name) ?? '');
  const lines = [
    `${paint('dim', time)} ${paint('bold', value('type'))} ${paint('dim', 'from')} ${value('source')} ${paint('dim', 'id')} ${value('id')}`,
  ];
  for (const name of [...event.attributes.keys()].sort()) {
    if (!HEADLINE.has(name)) lines.push(`  ${paint('cyan', name)}: ${value(name)}`);
  }
  if (event.data && event.data.length > 0)
    lines.push(
      ...dataText(event.data)
        .split('\n')
        .map((line) => `  ${line}`),
    );
  return `${lines.join('\n')}\n`;
}

function dataText(data: Uint8Array): string {
  const cut = data.length > SHOWN_BYTES ? ` ... (${data.length} bytes)` : '';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: cut === '' }).decode(data.subarray(0, SHOWN_BYTES));
  } catch {
    return `(${data.length} bytes that are no text)`;
  }
  return visible(cut === '' ? pretty(text) : text) + cut;
}

/** JSON with its members on lines of their own; other text as it is. Numbers are only shown, so nothing is lost if they are rounded. */
function pretty(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}
