// The recipients that force an outcome of the sandbox: what a newcomer writes to in order to see trouble.
import { html } from 'hono/html';
import type { AdminSource } from '../admin-source.ts';
import { fact } from './fragments.ts';
import type { Html } from './layout.ts';

export function forcedOutcomesList(
  outcomes: NonNullable<AdminSource['forcedOutcomes']>,
  { level }: { readonly level: 2 | 3 },
): Html {
  const title = 'See what trouble looks like';
  return html`<details id="forced" class="${level === 2 ? 'card' : ''}">
    <summary>${level === 2 ? html`<h2>${title}</h2>` : html`<h3>${title}</h3>`}</summary>
    <p>Write to one of these, at any domain, and the sandbox answers so:</p>
    <dl class="forced">
      ${outcomes.map(({ localPart, what }) => fact(`${localPart}@`, `${what}.`))}
    </dl>
    <p>
      As in earnest, what an administrator must mend holds all mail of the mailbox that sent it: try
      each from an address of its own, or take it out again with
      <code>graphpost queue rm</code>.
    </p>
  </details>`;
}
