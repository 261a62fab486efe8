// Routes, and the one that is taken when no other matches.
import type { Action, Rule, SendAction } from '../../core/route.ts';
import type { FileContent } from '../schema/config-file.ts';
import type { ActionContent, RouteContent } from '../schema/routes.ts';
import { toCondition } from './conditions.ts';
import { toFromBlock } from './from.ts';
import { fallbackName } from '../names.ts';

export function toRule({ name, when, ...content }: RouteContent): Rule {
  return { name, ...(when && { when: toCondition(when) }), ...toEffect(content) };
}

/** Without `default`, the only connection. */
export function toFallback({ default: content, connections }: FileContent): Rule {
  if (content !== undefined) return { name: fallbackName, ...toEffect(content) };
  const [via] = Object.keys(connections);
  if (via === undefined) throw new Error('Cannot route mail without a connection');
  const action: SendAction = { kind: 'send', via, backup: [], priority: 'normal' };
  return { name: fallbackName, action, bcc: [] };
}

function toEffect(content: ActionContent): Omit<Rule, 'name' | 'when'> {
  const { from, headers, bcc } = content;
  return {
    action: toAction(content),
    ...(from && { from: toFromBlock(from) }),
    ...(headers && { headers }),
    bcc,
  };
}

function toAction({ send, drop, refuse, ...rest }: ActionContent): Action {
  if (drop) return { kind: 'drop' };
  if (refuse !== undefined) return { kind: 'refuse', text: refuse };
  if (send === undefined) throw new Error('Cannot take a route that says nothing of what to do');
  const { via, backup, sendAs, priority, saveToSentItems } = send;
  const { redirect, redirectSubject, hold } = rest;
  return {
    kind: 'send',
    via,
    backup,
    ...(sendAs && { sendAs }),
    priority,
    ...(saveToSentItems !== undefined && { saveToSentItems }),
    ...(redirect && { redirect: { to: redirect, showInSubject: redirectSubject } }),
    ...(hold && { hold }),
  };
}
