// What the rule of a delivery does to its message: who is named in From, and which header fields change.
import { html } from 'hono/html';
import type { FromBlock } from '../../core/originator.ts';
import type { HeaderChanges, Route } from '../../core/route.ts';
import { formatList } from '../words.ts';
import { fact } from './fragments.ts';
import type { Html } from './layout.ts';

/** As far as the rule itself says it: blocks of the connection and of the whole file are not in it. */
export function routeChanges({ action, headers, from, insteadOf }: Route): Html {
  const sendAs = action.kind === 'send' ? action.sendAs : undefined;
  const fields = headers ? fieldChanges(headers) : [];
  return html`${insteadOf && fact('In place of', html`<bdi>${formatList(insteadOf, 20)}</bdi>`)}
  ${sendAs?.kind === 'mailbox' && fact('Leaves from', html`<bdi>${sendAs.mailbox}</bdi>`)}
  ${from && fact('From', fromWords(from))}
  ${
    fields.length > 0 &&
    fact(
      'Header',
      html`<ul>
        ${fields}
      </ul>`,
    )
  }`;
}

function fromWords({ force, address, name }: FromBlock): Html {
  const shown = name === undefined ? address : `${name} <${address}>`;
  switch (force) {
    case 'always':
      return html`always <bdi>${shown}</bdi>`;
    case 'default':
      return html`<bdi>${shown}</bdi> in place of one that is missing or a default`;
    case 'never':
      return html`as it came`;
  }
}

function fieldChanges({ set, add, remove }: HeaderChanges): readonly Html[] {
  const line = (name: string, value: string, what: string) =>
    html`<li>
      <code><bdi>${name}: ${value}</bdi></code> ${what}
    </li>`;
  return [
    ...Object.entries(set).map(([name, value]) => line(name, value, 'set')),
    ...Object.entries(add).map(([name, value]) => line(name, value, 'added')),
    ...remove.map((name) => html`<li><code>${name}</code> removed</li>`),
  ];
}
