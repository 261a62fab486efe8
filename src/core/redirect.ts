// Redirected messages: others get them, alone, and see whom they were for.
import type { Address } from './address.ts';
import type { HeaderEdit } from './header-edit.ts';
import type { HeaderFacts } from './message.ts';
import { planRecipients } from './recipients.ts';
import type { HeaderChanges } from './route.ts';

/** Puts `forwardPaths` into To, and nobody else into any list: who stood in To and Cc is kept in the records alone. */
export function planRedirection(
  header: HeaderFacts,
  forwardPaths: readonly Address[],
): readonly HeaderEdit[] {
  const mailboxes = forwardPaths.map((address) => ({ name: '', address }));
  return [...planRecipients(header, []).edits, { kind: 'setMailboxes', name: 'To', mailboxes }];
}

/** More of them would leave no room for the subject itself. */
const maxShown = 3;

export interface Redirection {
  /** Whom the message was for. */
  readonly insteadOf: readonly Address[];
  /** Of the rule: a subject that it sets is kept. */
  readonly changes: HeaderChanges | undefined;
}

/** The edit that shows in the subject whom the message was for. */
export function showInSubject(
  header: HeaderFacts,
  { insteadOf, changes }: Redirection,
): HeaderEdit {
  const shown = insteadOf.slice(0, maxShown).join(', ');
  const others = insteadOf.length - maxShown;
  const prefix = others > 0 ? `[for ${shown} and ${others} more]` : `[for ${shown}]`;
  const subject = subjectAfter(header, changes);
  const text = subject.startsWith(prefix) ? subject : `${prefix} ${subject}`.trimEnd();
  return { kind: 'set', name: 'Subject', text };
}

function subjectAfter({ subject }: HeaderFacts, changes: HeaderChanges | undefined): string {
  if (changes === undefined) return subject;
  const isSubject = (name: string) => name.toLowerCase() === 'subject';
  const set = Object.entries(changes.set).findLast(([name]) => isSubject(name));
  return set?.[1] ?? (changes.remove.some(isSubject) ? '' : subject);
}
