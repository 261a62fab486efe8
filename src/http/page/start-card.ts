// How to point an app at the gateway: its addresses, the settings of common apps to copy, and whether the first mail has come.
import { html } from 'hono/html';
import type { AdminSource, ShownListener } from '../admin-source.ts';
import { formatTryLine, toAuthority } from '../try-line.ts';
import { appSettings } from './app-settings.ts';
import { copyButton, copyable, fact } from './fragments.ts';
import { forcedOutcomesList } from './forced-outcomes.ts';
import type { Html } from './layout.ts';

type Source = Pick<AdminSource, 'hostname' | 'listeners' | 'trySender' | 'forcedOutcomes'>;

export interface StartCard {
  /** For a newcomer; folded away where mail has come. */
  readonly isOpen: boolean;
  /** Mail has come, ever. */
  readonly hasMail: boolean;
}

export function startCard(source: Source, { isOpen, hasMail }: StartCard): Html {
  return html`<details class="card" id="start" ${isOpen ? 'open' : ''}>
    <summary><h2>Point an app here</h2></summary>
    <div id="first-mail" role="status" data-live>
      <p class="first ${hasMail ? 'arrived' : ''}">
        ${hasMail ? '✓ Mail has come: apps reach this gateway.' : 'Waiting for the first mail …'}
      </p>
    </div>
    <p>
      Enter one of these as the SMTP server of the app, device or script. Who may send, and whether
      with a login, stands under <code>clients</code> in the configuration.
    </p>
    ${source.listeners.map((listener) => listenerOf(listener, source))}
    ${source.forcedOutcomes && forcedOutcomesList(source.forcedOutcomes, { level: 3 })}
  </details>`;
}

function listenerOf(listener: ShownListener, { hostname, trySender }: Source): Html {
  const { name, host, port } = listener;
  const server = host === '0.0.0.0' || host === '::' ? hostname : host;
  const at = { ...listener, host: server };
  return html`<section class="stack listener" aria-label="Listener ${name}">
    <dl class="facts">
      ${fact('Server', html`<code id="server-${name}">${server}</code> ${copyButton(`server-${name}`, `the server of ${name}`)}`)}
      ${fact('Port', html`<code>${port}</code>`)}
      ${fact('Encryption', encryptions[listener.tls ?? 'none'])}
      ${fact('Listener', `${name}${listener.mode === 'direct' ? ', direct' : ''}`)}
    </dl>
    <div class="settings">
      ${appSettings(at, trySender).map(
        ({ id, app, text }) =>
          html`<section aria-labelledby="${id}-${name}-title">
            <h3 id="${id}-${name}-title">${app}</h3>
            ${copyable(`${id}-${name}`, { text, what: `settings of ${app} for ${toAuthority(at)}` })}
          </section>`,
      )}
      ${
        trySender !== undefined &&
        html`<section aria-labelledby="try-${name}-title">
          <h3 id="try-${name}-title">A shell, to try it</h3>
          ${copyable(`try-${name}`, { text: formatTryLine(at, trySender), what: `a command that sends to ${toAuthority(at)}` })}
        </section>`
      }
    </div>
  </section>`;
}

const encryptions = {
  none: 'none',
  optional: 'STARTTLS, if the app can',
  required: 'STARTTLS',
  implicit: 'TLS from the start (SMTPS)',
} as const;
