// What can be done with a delivery: each action is folded away behind a sentence on what it does, as forms without script.
import { html } from 'hono/html';
import type { DeliveryState } from '../../core/delivery.ts';
import type { DeliveryRecord } from '../../relay/ports.ts';
import type { Html } from './layout.ts';

/** What the forms of the page ask for. */
export const pageActions = ['retry', 'hold', 'release', 'remove', 'reroute'] as const;
export type PageAction = (typeof pageActions)[number];

interface Choice {
  readonly action: PageAction;
  readonly label: string;
  readonly states: readonly DeliveryState[];
  readonly meaning: string;
  /** On the button that does it. */
  readonly confirm: string;
}

const choices: readonly Choice[] = [
  {
    action: 'retry',
    label: 'Try now',
    states: ['ready', 'deferred', 'unsure', 'failed'],
    meaning: 'It is attempted as soon as its lane has room.',
    confirm: 'Try it now',
  },
  {
    action: 'hold',
    label: 'Hold',
    states: ['ready', 'deferred', 'unsure'],
    meaning: 'It waits, and does not age, until somebody releases it.',
    confirm: 'Hold it',
  },
  {
    action: 'release',
    label: 'Release',
    states: ['held'],
    meaning: 'It is attempted as soon as its lane has room.',
    confirm: 'Release it',
  },
  {
    action: 'remove',
    label: 'Delete',
    states: ['ready', 'deferred', 'unsure', 'held', 'failed', 'delivered'],
    meaning: 'It is forgotten for good, and nobody is told.',
    confirm: 'Delete it',
  },
];

const reroutable: readonly DeliveryState[] = ['ready', 'deferred', 'unsure', 'held', 'failed'];

export function deliveryActions({ id, messageId, state, mayHaveBeenSent }: DeliveryRecord): Html {
  const address = `/messages/${encodeURIComponent(messageId)}`;
  const isDoubtful = mayHaveBeenSent || state === 'unsure';
  return html`<div class="acts">
    ${choices
      .filter(({ states }) => states.includes(state))
      .map((choice) => folded(choice, { address, id, isDoubtful }))}
    ${
      reroutable.includes(state) &&
      html`<a class="button" href="${address}/reroute?delivery=${encodeURIComponent(id)}"
        >Re-route …</a
      >`
    }
  </div>`;
}

function folded(
  { action, label, meaning, confirm }: Choice,
  {
    address,
    id,
    isDoubtful,
  }: { readonly address: string; readonly id: string; readonly isDoubtful: boolean },
): Html {
  const sendsIt = action === 'retry' || action === 'release';
  const doubt = ' It may have been sent already: where that cannot be looked up, it arrives twice.';
  return html`<details name="act-${id}" id="act-${action}-${id}">
    <summary class="button">${label} …</summary>
    <form method="post" action="${address}">
      <p>${meaning}${isDoubtful && sendsIt ? doubt : ''}</p>
      <input type="hidden" name="delivery" value="${id}" />
      <button type="submit" name="action" value="${action}">${confirm}</button>
    </form>
  </details>`;
}
