// How to point an app at the gateway: its addresses, and one line to try them with.
import { html } from 'hono/html';
import type { AdminSource } from '../admin-source.ts';
import { formatTryLine } from '../try-line.ts';
import type { Html } from './layout.ts';

type Source = Pick<AdminSource, 'hostname' | 'listeners' | 'trySender' | 'forcedOutcomes'>;

/** Open for a newcomer, folded away where mail has come. */
export function startCard(source: Source, { isOpen }: { readonly isOpen: boolean }): Html {
  return html`<details class="card" id="start" ${isOpen ? 'open' : ''}>
    <summary><h2>Point an app here</h2></summary>
    <p>
      Enter one of these as the SMTP server of the app, device or script. Who may send, and whether
      with a login, stands under <code>clients</code> in the configuration.
    </p>
    ${source.listeners.map((listener) => listenerOf(listener, source))}
    ${source.forcedOutcomes && troubleList(source.forcedOutcomes)}
  </details>`;
}

function listenerOf(
  { name, host, port }: Source['listeners'][number],
  { hostname, trySender }: Source,
): Html {
  const server = host === '0.0.0.0' || host === '::' ? hostname : host;
  return html`<section class="listener" aria-label="Listener ${name}">
    <dl class="facts">
      <div>
        <dt>Server</dt>
        <dd><code>${server}</code></dd>
      </div>
      <div>
        <dt>Port</dt>
        <dd><code>${port}</code></dd>
      </div>
      <div>
        <dt>Listener</dt>
        <dd>${name}</dd>
      </div>
    </dl>
    ${
      trySender !== undefined &&
      html`<p id="try-${name}">To try it from a shell:</p>
        <pre class="line" tabindex="0" aria-labelledby="try-${name}">
${formatTryLine({ host: server, port }, trySender)}</pre>`
    }
  </section>`;
}

/** What a newcomer writes to in order to see trouble. */
function troubleList(outcomes: NonNullable<Source['forcedOutcomes']>): Html {
  return html`<section aria-labelledby="trouble-title">
    <h3 id="trouble-title">See what trouble looks like</h3>
    <p>Write to one of these, at any domain, and the sandbox answers so:</p>
    <dl class="forced">
      ${outcomes.map(
        ({ localPart, what }) =>
          html`<div>
            <dt><code>${localPart}@</code></dt>
            <dd>${what}.</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}
