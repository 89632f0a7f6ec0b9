import type { Change, Position } from '../log/log.ts';
import { entryBytes } from './record.ts';
import type { Call } from './state-messages.ts';

/** What the changes of one write are to the state file, in one transaction; `trim` is only what it means there: copies and filters that nothing refers to any more. */
export function callsOf(broker: number, changes: readonly Change[]): readonly Call[] {
  return changes.flatMap((change) => callsOfOne(broker, change));
}

/** Up to where the changes allow entries to be dropped, if they do. */
export function trimOf(changes: readonly Change[]): Position | undefined {
  const before = changes.flatMap((change) => (change.kind === 'trim' ? change.before : []));
  return before.length === 0 ? undefined : Math.max(...before);
}

function callsOfOne(broker: number, change: Change): readonly Call[] {
  switch (change.kind) {
    case 'position':
      return change.next === undefined
        ? [['positionRemove', broker, change.subscription]]
        : [['positionPut', broker, change.subscription, change.next]];
    case 'row': {
      const { subscription, position, generation, key, dueMs, progress, kept } = change.row;
      const json = progress ? JSON.stringify(progress) : null;
      return [['rowPut', broker, subscription, position, generation, key ?? null, dueMs ?? 0, kept ? 1 : 0, json]];
    }
    case 'keep':
      return [['keptPut', broker, change.position, change.subscription ?? '', entryBytes(change.entry)]];
    case 'dead': {
      const { id, subscription, entry, progress, deadAtMs } = change.letter;
      return [
        ['deadReplace', broker, subscription, id],
        ['deadPut', broker, subscription, id, change.position, entryBytes(entry), JSON.stringify(progress), deadAtMs],
        ['rowRemove', broker, subscription, change.position],
      ];
    }
    case 'discard':
      return change.ids.map((id) => ['deadRemove', broker, change.subscription, id]);
    case 'remove':
      return change.position === undefined
        ? forget(broker, change.subscription)
        : [['rowRemove', broker, change.subscription, change.position]];
    case 'trim':
      return [
        ['keptTrim', broker],
        ['filtersTrim', broker, change.before],
        ['countsTrim', broker],
      ];
    default:
      return change satisfies never;
  }
}

function forget(broker: number, subscription: string): readonly Call[] {
  return [
    ['rowsRemove', broker, subscription],
    ['positionRemove', broker, subscription],
    ['filtersForget', broker, subscription],
  ];
}
