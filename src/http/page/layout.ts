// What all pages have in common. `html` escapes every value that stands in a template.
import { html } from 'hono/html';
import { assetUrl } from './assets.ts';

/** Markup that needs no further escaping. */
export type Html = ReturnType<typeof html>;

export interface Layout {
  readonly title: string;
  readonly body: Html;
  /** It draws charts. */
  readonly hasCharts?: boolean;
}

const icon =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>" +
  "<rect width='32' height='32' rx='8' fill='%23256b8f'/>" +
  "<path d='M7 11l9 7 9-7M7 10h18v13H7z' fill='none' stroke='white' stroke-width='2'/></svg>";

const stylesheets = ['page.css', 'parts.css', 'forms.css', 'tables.css'] as const;

export function layout({ title, body, hasCharts = false }: Layout): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="${icon}" />
        ${stylesheets.map((name) => html`<link rel="stylesheet" href="${assetUrl(name)}" />`)}
        <script src="${assetUrl('page.js')}" defer></script>
        ${hasCharts && chartAssets()}
      </head>
      <body>
        ${body}
      </body>
    </html>`;
}

function chartAssets(): Html {
  return html`<link rel="stylesheet" href="${assetUrl('uplot.css')}" />
    <script src="${assetUrl('uplot.js')}" defer></script>
    <script src="${assetUrl('charts.js')}" defer></script>`;
}
