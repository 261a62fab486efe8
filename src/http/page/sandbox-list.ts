// The sandbox mailbox: what the simulator "sent", as Exchange would have it.
import { html } from 'hono/html';
import type { SandboxMessageSummary } from '../../relay/ports.ts';
import type { AdminSource } from '../admin-source.ts';
import { formatCount } from '../words.ts';
import { forcedOutcomesList } from './forced-outcomes.ts';
import type { Html } from './layout.ts';
import { sandboxTable } from './sandbox-table.ts';

const messagesShown = 100;

export interface SandboxList extends Pick<AdminSource, 'forcedOutcomes'> {
  readonly now: number;
}

export function sandboxMain(
  messages: readonly SandboxMessageSummary[],
  { now, forcedOutcomes }: SandboxList,
): Html {
  const shown = messages.slice(0, messagesShown);
  return html`<h1>Sandbox mailbox</h1>
    <section id="sandbox" data-live aria-label="Messages">
      ${
        shown.length === 0
          ? html`<p class="empty">
              Empty. What the gateway sends will show here as Exchange would have it.
            </p>`
          : sandboxTable(shown, now)
      }
      ${
        messages.length > shown.length &&
        html`<p class="muted">
          The latest ${shown.length} of ${formatCount(messages.length, 'message')}.
        </p>`
      }
    </section>
    ${forcedOutcomes && forcedOutcomesList(forcedOutcomes, { level: 2 })}`;
}
