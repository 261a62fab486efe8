// What came and went lately: charts that a script draws, and the same as a table for who cannot see them.
import { html } from 'hono/html';
import type { FiguresView } from '../schema/figures.ts';
import { formatDuration, formatElapsed } from '../words.ts';
import type { Html } from './layout.ts';

/** So many intervals of the window become one row: twelve rows are read faster than hundreds. */
const rows = 12;

interface Chart {
  /** As charts.js knows it. */
  readonly name: 'throughput' | 'latency';
  readonly title: string;
  /** Each with the class of its colour. */
  readonly legend: readonly (readonly [string, string])[];
}

function chartsOf({ intervalMs }: FiguresView): readonly Chart[] {
  return [
    {
      name: 'throughput',
      // Counted, not scaled to another unit: a few messages at once must not look like many a minute.
      title: `Messages per ${formatDuration(intervalMs)}`,
      legend: [
        ['one', 'accepted'],
        ['two', 'delivered'],
        ['three', 'failed'],
      ],
    },
    {
      name: 'latency',
      title: 'From acceptance to delivery',
      legend: [
        ['one', 'half are faster'],
        ['four', '95 % are faster'],
      ],
    },
  ];
}

export function chartsSection(figures: FiguresView, { isDay }: { readonly isDay: boolean }): Html {
  const [shown, other] = isDay ? ['Last 24 hours', 'Last hour'] : ['Last hour', 'Last 24 hours'];
  return html`<section aria-labelledby="charts-title">
    <h2 id="charts-title" class="title">
      ${shown} <small><a href="${isDay ? '/' : '/?window=day'}">${other}</a></small>
    </h2>
    <div class="charts">${chartsOf(figures).map((chart) => chartFigure(chart, figures))}</div>
    <div id="figures" data-live>${figuresTable(figures, { isDay })}</div>
  </section>`;
}

function chartFigure({ name, title, legend }: Chart, { window }: FiguresView): Html {
  return html`<figure
    class="card chart"
    aria-label="${title}: a chart; the table below says the same"
  >
    <figcaption>
      ${title}
      <span class="legend"
        >${legend.map(([colour, words]) => html`<span class="${colour}">${words}</span>`)}</span
      >
    </figcaption>
    <div
      class="plot"
      data-chart="${name}"
      data-figures="/api/v1/figures?window=${window}"
      hidden
    ></div>
  </figure>`;
}

function figuresTable({ points, intervalMs }: FiguresView, { isDay }: { readonly isDay: boolean }) {
  const size = Math.ceil(points.length / rows);
  const portions = Array.from({ length: rows }, (_, row) =>
    points.slice(row * size, (row + 1) * size),
  ).filter((portion) => portion.length > 0);
  const minutes = Math.round((size * intervalMs) / 60_000);
  const every = isDay ? `${Math.round(minutes / 60)} hours` : `${minutes} minutes`;
  return html`<details id="figures-table">
    <summary>As a table, by ${every}</summary>
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col" class="number">Accepted</th>
          <th scope="col" class="number">Delivered</th>
          <th scope="col" class="number">Failed</th>
          <th scope="col" class="number">Slowest 5 %</th>
        </tr>
      </thead>
      <tbody>
        ${portions.toReversed().map(tableRow)}
      </tbody>
    </table>
  </details>`;
}

function tableRow(portion: FiguresView['points']): Html {
  const total = (count: 'accepted' | 'delivered' | 'failed') =>
    portion.reduce((sum, point) => sum + point[count], 0).toLocaleString('en');
  const slowest = Math.max(...portion.map(({ latencyP95Ms = -1 }) => latencyP95Ms));
  return html`<tr>
    <td>${(portion[0]?.at ?? '').slice(11, 16)}</td>
    <td class="number">${total('accepted')}</td>
    <td class="number">${total('delivered')}</td>
    <td class="number">${total('failed')}</td>
    <td class="number">${slowest < 0 ? '–' : formatElapsed(Math.round(slowest))}</td>
  </tr>`;
}
