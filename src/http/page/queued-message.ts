// One message of the queue: who and when, its deliveries with every attempt, and what can be done with them.
import { html } from 'hono/html';
import type { Route } from '../../core/route.ts';
import type { DeliveryRecord, MessageRecord } from '../../relay/ports.ts';
import { formatBytes, formatList, stateWords } from '../words.ts';
import { attemptTable } from './attempt-table.ts';
import { deliveryActions } from './delivery-actions.ts';
import { outside, timeOf } from './fragments.ts';
import { layout, type Html } from './layout.ts';

export interface QueuedMessagePage {
  readonly now: number;
  /** What was just done, as a sentence. */
  readonly done?: string;
}

/** More recipients are counted. */
const recipientsShown = 20;

export function queuedMessagePage(record: MessageRecord, { now, done }: QueuedMessagePage): Html {
  const { message, deliveries } = record;
  return layout({
    title: `${message.subject || 'No subject'} · Graphpost`,
    body: html`<main class="reading">
      <p><a href="/">← Overview</a></p>
      <h1>${outside(message.subject, 'no subject')}</h1>
      ${done !== undefined && html`<p class="summary good" role="status">${done}</p>`}
      ${facts(record, now)} ${deliveries.map((delivery) => deliverySection(delivery, now))}
      ${record.content && resendForm(record)}
    </main>`,
  });
}

function facts({ message, content }: MessageRecord, now: number): Html {
  const { client, envelope } = message;
  const rawHref = `/api/v1/messages/${encodeURIComponent(message.id)}/raw`;
  const login = client.login === undefined ? '' : `, logged in as ${client.login}`;
  return html`<dl class="fields card">
    ${fact('From', outside(message.from, 'no From'))}
    ${fact('MAIL FROM', outside(envelope.reversePath ?? '<>', '<>'))}
    ${fact('RCPT TO', html`<bdi>${formatList(envelope.forwardPaths, recipientsShown)}</bdi>`)}
    ${fact('Client', html`${client.name} <bdi>(${client.ip}${login}; listener ${client.listener})</bdi>`)}
    ${fact('Received', timeOf(message.receivedAt, now))}
    ${fact('Queue id', html`<code>${message.id}</code>`)}
    ${fact('Message-ID', html`<code><bdi>${message.messageId}</bdi></code>`)}
    ${fact(
      'Size',
      html`${formatBytes(message.sizeBytes)} ·
      ${
        content === undefined
          ? html`<span class="muted">its body is not kept any more</span>`
          : html`<a href="${rawHref}">raw message</a>`
      }`,
    )}
  </dl>`;
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

function fact(name: string, value: Html): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
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
      ${changesOf(record.delivery.route)} ${fact('Lane', html`<code><bdi>${lane}</bdi></code>`)}
    </dl>
    ${deliveryActions(record)} ${attemptTable(record.history, now)}
  </section>`;
}

/** What its rule does to the message, as far as the rule says it. */
function changesOf({ headers, insteadOf }: Route): Html {
  const names = (given: object = {}) => Object.keys(given);
  const fields = [
    ...names(headers?.set).map((name) => `${name} set`),
    ...names(headers?.add).map((name) => `${name} added`),
    ...(headers?.remove ?? []).map((name) => `${name} removed`),
  ];
  return html`${insteadOf && fact('In place of', html`<bdi>${formatList(insteadOf, recipientsShown)}</bdi>`)}
  ${fields.length > 0 && fact('Header', html`<bdi>${fields.join(', ')}</bdi>`)}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
