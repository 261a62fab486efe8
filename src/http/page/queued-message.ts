// One message of the queue: who and when, its deliveries with every attempt, and what can be done with them.
import { html } from 'hono/html';
import type { DeliveryRecord, MessageRecord } from '../../relay/ports.ts';
import { capitalized, formatBytes, formatList, stateWords } from '../words.ts';
import { bodiesHidden } from '../body-access.ts';
import { attemptTable } from './attempt-table.ts';
import { deliveryActions } from './delivery-actions.ts';
import { fact, outside, timeOf } from './fragments.ts';
import type { Html } from './layout.ts';
import { routeChanges } from './route-changes.ts';

export interface QueuedMessagePage {
  readonly now: number;
  /** What was just done, as a sentence. */
  readonly done?: string;
  /** He may read what it says. */
  readonly mayRead: boolean;
}

/** More recipients are counted. */
const recipientsShown = 20;

export function queuedMessageMain(
  record: MessageRecord,
  { now, done, mayRead }: QueuedMessagePage,
): Html {
  const { message, deliveries } = record;
  return html`<p><a href="/messages">← Messages</a></p>
    <h1>${outside(message.subject, 'no subject')}</h1>
    ${done !== undefined && html`<p class="summary good" role="status">${done}</p>`}
    ${facts(record, { now, mayRead })}
    <div id="deliveries" class="stack" data-live>
      ${deliveries.map((delivery) => deliverySection(delivery, now))}
    </div>
    ${record.content && resendForm(record)} `;
}

function facts(
  record: MessageRecord,
  { now, mayRead }: Pick<QueuedMessagePage, 'now' | 'mayRead'>,
): Html {
  const { message } = record;
  const { client, envelope } = message;
  const login = client.login === undefined ? '' : `, logged in as ${client.login}`;
  return html`<dl class="fields card">
    ${fact('From', outside(message.from, 'no From'))}
    ${fact('MAIL FROM', outside(envelope.reversePath ?? '<>', '<>'))}
    ${fact('RCPT TO', html`<bdi>${formatList(envelope.forwardPaths, recipientsShown)}</bdi>`)}
    ${fact('Client', html`${client.name} <bdi>(${client.ip}${login}; listener ${client.listener})</bdi>`)}
    ${fact('Received', timeOf(message.receivedAt, now))}
    ${fact('Queue id', html`<code>${message.id}</code>`)}
    ${fact('Message-ID', html`<code><bdi>${message.messageId}</bdi></code>`)}
    ${fact('Size', html`${formatBytes(message.sizeBytes)} · ${bodyLinks(record, { mayRead })}`)}
  </dl>`;
}

function bodyLinks(
  { message, content }: MessageRecord,
  { mayRead }: Pick<QueuedMessagePage, 'mayRead'>,
): Html {
  if (content === undefined) {
    return html`<span class="muted">its body is not kept any more</span>`;
  }
  if (!mayRead) return html`<span class="muted">${bodiesHidden}</span>`;
  const id = encodeURIComponent(message.id);
  return html`<a href="/messages/${id}/source">source</a> ·
    <a href="/api/v1/messages/${id}/raw" download>export as .eml</a>`;
}

function resendForm({ message }: MessageRecord): Html {
  const address = `/messages/${encodeURIComponent(message.id)}/resend`;
  return html`<details class="card">
    <summary><h2>Send it to others</h2></summary>
    <form class="stack" method="post" action="${address}">
      <p>
        It is accepted once more, for these recipients alone, and takes the routes of today. What
        becomes of the first one does not change.
      </p>
      <label for="to">Addresses</label>
      <input id="to" name="to" placeholder="ann@example.com, paul@example.com" required />
      <button type="submit">Send</button>
    </form>
  </details>`;
}

function deliverySection(record: DeliveryRecord, now: number): Html {
  const { id, state, route, connection, forwardPaths, dueAt, lane, mayHaveBeenSent } = record;
  const isWaiting = state === 'ready' || state === 'deferred' || state === 'unsure';
  return html`<section class="card delivery" aria-labelledby="delivery-${id}">
    <h2 id="delivery-${id}">
      <span class="badge ${state}">${state}</span> ${route} <small>by ${connection}</small>
    </h2>
    <p>
      ${capitalized(stateWords[state])}${isWaiting && dueAt !== undefined && html`: next ${timeOf(Math.max(dueAt, now), now)}`}
      ${mayHaveBeenSent && state !== 'unsure' && html`<strong>It may have been sent.</strong>`}
    </p>
    <dl class="fields">
      ${fact('Recipients', html`<bdi>${formatList(forwardPaths, recipientsShown)}</bdi>`)}
      ${routeChanges(record.delivery.route)} ${fact('Lane', html`<code><bdi>${lane}</bdi></code>`)}
    </dl>
    ${deliveryActions(record)} ${attemptTable(record.history, now)}
  </section>`;
}
