// A page that says one thing, such as that there is nothing at an address.
import { html } from 'hono/html';
import { layout, type Html } from './layout.ts';

export interface Notice {
  readonly title: string;
  /** A sentence without its full stop. */
  readonly detail: string;
}

export function noticePage({ title, detail }: Notice): Html {
  return layout({
    title: `${title} · Graphpost`,
    body: html`<main class="narrow">
      <h1>${title}</h1>
      <p>${detail}.</p>
      <p><a href="/">To the overview</a></p>
    </main>`,
  });
}
