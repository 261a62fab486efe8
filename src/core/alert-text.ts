// Alerts in words: the same for every channel.
import type { AlertEvent, AlertItem, AlertMessage } from './alert.ts';

const titles: Readonly<Record<AlertEvent, string>> = {
  failed: 'Mail could not be delivered',
  connectionDown: 'A connection does not work',
  credentialExpiring: 'A credential expires',
  signInNeeded: 'A sign-in is needed',
  queueOld: 'Mail waits for long',
  diskLow: 'Room for mail runs out',
  throttled: 'Mail is slowed down for long',
  reloadFailed: 'A changed configuration is refused',
};

export function titleOf({ event, state }: Pick<AlertItem, 'event' | 'state'>): string {
  return state === 'resolved' ? `Over: ${titles[event]}` : titles[event];
}

/** One line for a subject or a notification: that of the worst first, and how many more there are. */
export function headlineOf({ items }: AlertMessage, hostname: string): string {
  const first = items.find(({ state }) => state !== 'resolved') ?? items[0];
  const title = first === undefined ? '' : titleOf(first);
  const more = items.length > 1 ? ` (and ${items.length - 1} more)` : '';
  return `${hostname}: ${title}${more}`;
}

/** What one item says below its title, in plain text. */
export function sentencesOf(item: AlertItem, now: number): readonly string[] {
  const { state, text, remedy, since, count } = item;
  const time = `${new Date(since).toISOString().slice(0, 19)}Z`;
  if (state === 'resolved') return [`${text}.`, `It began ${time}, and is over.`];
  const times = count > 1 ? `It happened ${count} times since ${time}.` : `Since ${time}.`;
  const when = state === 'firing' && now - since >= 60_000 ? `It lasts since ${time}.` : times;
  return [`${text}.`, `${remedy}.`, when];
}

/** Everything, as plain text with line feeds. */
export function plainTextOf(message: AlertMessage, now: number): string {
  return message.items
    .map((item) => [titleOf(item), ...sentencesOf(item, now)].join('\n'))
    .join('\n\n');
}
