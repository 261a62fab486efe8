// What would change for a delivery that is routed by the rules of today, and the button that does it.
import { html } from 'hono/html';
import type { DeliveryRecord, Rerouting } from '../../relay/ports.ts';
import { formatList } from '../words.ts';
import { arrow } from './fragments.ts';
import type { Html } from './layout.ts';

export function rerouteMain(
  { id, messageId, route, connection }: DeliveryRecord,
  rerouting: Rerouting | undefined,
): Html {
  const address = `/messages/${encodeURIComponent(messageId)}`;
  return html`
    <h1>Re-route</h1>
    <p>Now: ${route} <small>by ${connection}</small></p>
    ${
      rerouting?.verdict === 'rerouted'
        ? html`${changes(rerouting)}
            <form class="stack" method="post" action="${address}">
              <input type="hidden" name="delivery" value="${id}" />
              <button type="submit" name="action" value="reroute">Re-route it</button>
            </form>`
        : html`<p>${whyNot(rerouting)}.</p>`
    }
    <p><a href="${address}">Back to the message</a></p>
  `;
}

function changes({ instead }: Rerouting): Html {
  return html`<p>By the rules of today:</p>
    <ul class="card changes">
      ${instead.map(
        ({ route, connection, state }) =>
          html`<li>
            <bdi>${formatList(route.forwardPaths)}</bdi> ${arrow} ${route.rule}
            <small
              >by ${connection}${state === 'held' ? ', held until somebody releases it' : ''}</small
            >
          </li>`,
      )}
    </ul>`;
}

function whyNot(rerouting: Rerouting | undefined): string {
  if (rerouting?.verdict === 'unchanged') return 'The rules of today send it the same way';
  return rerouting?.reason ?? 'It is gone';
}
