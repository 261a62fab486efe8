// The table of what the simulator "sent".
import { html } from 'hono/html';
import type { SandboxMessageSummary } from '../../relay/ports.ts';
import { formatBytes, formatList } from '../words.ts';
import { arrow, outside, timeOf } from './fragments.ts';
import type { Html } from './layout.ts';

export function sandboxTable(messages: readonly SandboxMessageSummary[], now: number): Html {
  return html`<table class="sandbox" role="table">
    <caption class="visually-hidden">
      Messages in the sandbox mailbox, newest first
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Sent</th>
        <th role="columnheader" scope="col">Message</th>
        <th role="columnheader" scope="col">Left from</th>
        <th role="columnheader" scope="col">Size</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${messages.map((message) => row(message, now))}
    </tbody>
  </table>`;
}

function row(message: SandboxMessageSummary, now: number): Html {
  return html`<tr role="row">
    <td role="cell" class="head time" data-label="Sent">${timeOf(message.sentAt, now)}</td>
    <td role="cell" class="head wide" data-label="Message">
      <a href="/sandbox/${encodeURIComponent(message.id)}"
        ><strong>${outside(message.subject, 'no subject')}</strong></a
      >
      <p class="people">
        ${outside(message.from, 'no From')} ${arrow}
        <bdi>${formatList(message.recipients)}</bdi>
      </p>
    </td>
    <td role="cell" class="wide" data-label="Left from"><bdi>${message.sendAs}</bdi></td>
    <td role="cell" class="head aside" data-label="Size">${formatBytes(message.sizeBytes)}</td>
  </tr>`;
}
