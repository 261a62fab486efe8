// The table of the last messages: one row for each delivery.
import { html } from 'hono/html';
import type { DeliverySummary } from '../../relay/ports.ts';
import { readDiagnostic } from '../diagnostic.ts';
import { formatBytes, formatList, stateWords, troubleOf } from '../words.ts';
import { arrow, outside, timeOf } from './fragments.ts';
import type { Html } from './layout.ts';

export function deliveryTable(deliveries: readonly DeliverySummary[], now: number): Html {
  return html`<table class="deliveries" role="table">
    <caption class="visually-hidden">
      Messages, newest first
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th role="columnheader" scope="col">Received</th>
        <th role="columnheader" scope="col">Message</th>
        <th role="columnheader" scope="col">State</th>
        <th role="columnheader" scope="col">Client</th>
        <th role="columnheader" scope="col">Route</th>
        <th role="columnheader" scope="col">Attempts</th>
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${deliveries.map((delivery) => row(delivery, now))}
    </tbody>
  </table>`;
}

function row(delivery: DeliverySummary, now: number): Html {
  return html`<tr role="row">
    <td role="cell" class="head time" data-label="Received">
      ${timeOf(delivery.receivedAt, now)} <code class="id">${delivery.messageId}</code>
    </td>
    <td role="cell" class="head wide" data-label="Message">
      <a href="/messages/${encodeURIComponent(delivery.messageId)}"
        ><strong>${outside(delivery.subject, 'no subject')}</strong></a
      >
      <p class="people">
        ${outside(delivery.from, 'no From')} ${arrow}
        <bdi>${formatList(delivery.forwardPaths)}</bdi>
        <span class="muted">· ${formatBytes(delivery.sizeBytes)}</span>
      </p>
      ${trouble(delivery)}
    </td>
    <td role="cell" class="head aside" data-label="State">
      <span class="badge ${delivery.state}">${delivery.state}</span>
      <small>${stateWords[delivery.state]}</small>
    </td>
    <td role="cell" data-label="Client">${delivery.client}</td>
    <td role="cell" data-label="Route">
      ${delivery.route} <small>by ${delivery.connection}</small>
    </td>
    <td role="cell" data-label="Attempts">${delivery.attempts} ${nextTry(delivery, now)}</td>
  </tr>`;
}

function trouble(delivery: DeliverySummary): Html | undefined {
  const last = troubleOf(delivery.lastAttempt?.outcome);
  if (last === undefined) return undefined;
  return html`<p class="trouble">
    <strong>${last.words}.</strong> <bdi>${readDiagnostic(last.diagnostic).problem}.</bdi>
    ${last.codes.map((code) => html`<code>${code}</code> `)}
  </p>`;
}

function nextTry({ state, dueAt }: DeliverySummary, now: number): Html | undefined {
  if (dueAt === undefined || state === 'delivered' || state === 'failed') return undefined;
  return html`<div class="next">next ${timeOf(Math.max(dueAt, now), now)}</div>`;
}
