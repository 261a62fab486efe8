// A page that is one list, which brings itself up to date.
import { html } from 'hono/html';
import { framed, type Frame, type FramedPage } from './frame.ts';
import type { Html } from './layout.ts';

export function livePart(
  id: string,
  shown: Html,
  { isEmpty, whenEmpty }: { readonly isEmpty: boolean; readonly whenEmpty: string },
): Html {
  return html`<div id="${id}" class="stack" data-live>
    ${isEmpty ? html`<p class="empty">${whenEmpty}</p>` : shown}
  </div>`;
}

export function livePage(
  frame: Frame,
  { shown, ...page }: Pick<FramedPage, 'title' | 'entry'> & { readonly shown: Html },
): Html {
  const main = html`<h1>${page.title}</h1>
    ${shown}`;
  return framed(frame, { ...page, main, isLive: true });
}
