import type { Position } from './log.ts';
import { held, type State, type Sub } from './state.ts';

/** How a subscription stands on one partition: exact for what is evaluated, an upper bound for what is not. */
export function backlogOf(
  state: State,
  sub: Sub,
): { readonly backlog: number; readonly oldest: Position | undefined; readonly held: boolean } {
  let fresh = 0;
  for (const item of sub.fresh.values()) if (item.row === 'none') fresh += 1;
  const unread = sub.scan === state.live ? 0 : Math.max(0, state.end - Math.max(sub.from, sub.scan?.cursor ?? 0));
  const [first] = sub.fresh.keys();
  const oldest = first ?? (unread > 0 ? sub.from : undefined);
  return { backlog: sub.rows + fresh + unread, oldest, held: held(state, sub) };
}
