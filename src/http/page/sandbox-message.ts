// One message of the sandbox mailbox, as text: nothing that it holds is run, loaded or rendered.
import { html } from 'hono/html';
import type { SandboxMessage } from '../../relay/ports.ts';
import { formatBytes } from '../words.ts';
import { fact, outside, timeOf } from './fragments.ts';
import type { Html } from './layout.ts';

/** Longer texts are cut: the raw message has them whole. */
const maxTextLetters = 200_000;

export function sandboxMessageMain(
  message: SandboxMessage,
  { now }: { readonly now: number },
): Html {
  const rawHref = `/api/v1/sandbox/messages/${encodeURIComponent(message.id)}/raw`;
  return html`<p><a href="/sandbox">← Sandbox mailbox</a></p>
    <h1>${outside(message.subject, 'no subject')}</h1>
    <p>This message was not sent to anybody.</p>
    <dl class="fields card">
      ${field('From', [message.from])} ${field('To', message.to)} ${field('Cc', message.cc)}
      ${field('Bcc', message.bcc)} ${field('Left from', [message.sendAs])}
      ${fact('Sent', timeOf(message.sentAt, now))}
      ${fact('Size', html`${formatBytes(message.sizeBytes)} · <a href="${rawHref}">raw message</a>`)}
    </dl>
    ${textOf(message)} ${sourceOf(message)} ${attachmentsOf(message)}`;
}

function field(name: string, values: readonly string[]): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>
      ${
        values.length === 0
          ? html`<span class="muted">nobody</span>`
          : html`<ul>
              ${values.map((value) => html`<li>${outside(value, 'nobody')}</li>`)}
            </ul>`
      }
    </dd>
  </div>`;
}

function textOf({ text }: SandboxMessage): Html {
  return html`<section aria-labelledby="text-title">
    <h2 id="text-title">Text</h2>
    ${
      text === ''
        ? html`<p class="empty">The message has no text.</p>`
        : html`<pre class="card text" tabindex="0" aria-labelledby="text-title">${cut(text)}</pre>`
    }
  </section>`;
}

function sourceOf({ html: source, text }: SandboxMessage): Html | undefined {
  if (source === '') return undefined;
  return html`<details ${text === '' ? 'open' : ''}>
    <summary><h2>HTML source</h2></summary>
    <pre class="card source" tabindex="0" aria-label="HTML source">${cut(source)}</pre>
  </details>`;
}

function attachmentsOf({ attachments }: SandboxMessage): Html | undefined {
  if (attachments.length === 0) return undefined;
  return html`<section aria-labelledby="attachments-title">
    <h2 id="attachments-title">Attachments</h2>
    <table class="attachments" role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Name</th>
          <th role="columnheader" scope="col">Type</th>
          <th role="columnheader" scope="col">Size</th>
          <th role="columnheader" scope="col">SHA-256</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${attachments.map(
          ({ name, contentType, sizeBytes, sha256 }) =>
            html`<tr role="row">
              <td role="cell" class="head wide" data-label="Name">
                <strong>${outside(name, 'no name')}</strong>
              </td>
              <td role="cell" class="time" data-label="Type"><bdi>${contentType}</bdi></td>
              <td role="cell" class="aside" data-label="Size">${formatBytes(sizeBytes)}</td>
              <td role="cell" class="wide" data-label="SHA-256">
                <code class="hash">${sha256}</code>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function cut(text: string): string {
  return text.length > maxTextLetters ? `${text.slice(0, maxTextLetters)}\n…` : text;
}
