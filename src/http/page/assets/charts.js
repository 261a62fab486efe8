// Draws the charts from the figures of the API. Their tables stand on the page for who cannot see them.
'use strict';
(() => {
  const everyMs = 10_000;
  /** @typedef {'accepted' | 'delivered' | 'failed' | 'deferred'} Count */
  /** @typedef {{ at: string, latencyP50Ms?: number, latencyP95Ms?: number } & Record<Count, number>} Point */
  /** @typedef {{ intervalMs: number, points: readonly Point[] }} Figures */
  /** @typedef {{ label: string, colour: string, value: (point: Point) => number | null }} Series */

  /** @param {number | undefined} ms */
  const toSeconds = (ms) => (ms === undefined ? null : ms / 1_000);

  /** @type {Readonly<Record<string, { unit: string, least: number, series: readonly Series[] }>>} */
  const charts = {
    throughput: {
      unit: '',
      // So that no step of the axis is a part of a message.
      least: 4,
      series: [
        { label: 'accepted', colour: '--accent', value: (point) => point.accepted },
        { label: 'delivered', colour: '--green', value: (point) => point.delivered },
        { label: 'failed', colour: '--red', value: (point) => point.failed },
      ],
    },
    latency: {
      unit: ' s',
      least: 0.1,
      series: [
        { label: 'half', colour: '--accent', value: (point) => toSeconds(point.latencyP50Ms) },
        { label: '95 %', colour: '--amber', value: (point) => toSeconds(point.latencyP95Ms) },
      ],
    },
  };

  /** @type {Map<HTMLElement, uPlot>} */
  const drawn = new Map();
  /** @type {Figures | undefined} */
  let last;
  const places = [...document.querySelectorAll('[data-chart]')].filter(
    (place) => place instanceof HTMLElement,
  );
  const address = places[0]?.dataset['figures'];
  if (address === undefined) return;
  void update(address);
  setInterval(() => void update(address), everyMs);
  addEventListener('resize', resize);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

  /** @param {string} from */
  async function update(from) {
    const isOff = document.querySelector('#refresh input:not(:checked)') !== null;
    if (last && (document.hidden || isOff)) return;
    const answer = await fetch(from, { cache: 'no-store' }).catch(() => undefined);
    if (!answer?.ok) return;
    last = await answer.json();
    for (const place of places) draw(place);
  }

  /** @param {HTMLElement} place */
  function draw(place) {
    const chart = charts[place.dataset['chart'] ?? ''];
    if (!chart || !last) return;
    const figures = last;
    const times = figures.points.map(({ at }) => Date.parse(at) / 1_000);
    const values = chart.series.map(({ value }) => figures.points.map(value));
    const known = drawn.get(place);
    if (known) return known.setData([times, ...values]);
    place.hidden = false;
    drawn.set(place, new uPlot(optionsOf(place, chart), [times, ...values], place));
  }

  /**
   * @param {HTMLElement} place
   * @param {{ unit: string, least: number, series: readonly Series[] }} chart
   * @returns {uPlot.Options}
   */
  function optionsOf(place, { unit, least, series }) {
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    return {
      width: place.clientWidth,
      height: place.clientHeight,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      hooks: { setCursor: [(plot) => showValues(place, plot, unit)] },
      // A line of zeros lies on the ground, and not in the middle.
      scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.1, least)] } },
      axes: [
        {
          ...axis,
          size: 30,
          values: [[1, '{HH}:{mm}', null, null, null, null, null, null, 1]],
          space: 60,
        },
        { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => `${tick}${unit}`) },
      ],
      series: [
        {},
        ...series.map(({ label, colour: name }) => ({
          label,
          stroke: colour(name),
          width: 2,
          // A value alone between gaps is a dot: a line would not show it.
          points: { size: 4 },
          spanGaps: false,
        })),
      ],
    };
  }

  /**
   * What is under the pointer stands in the legend, beside the name of its line.
   * @param {HTMLElement} place
   * @param {uPlot} plot
   * @param {string} unit
   */
  function showValues(place, plot, unit) {
    const { idx } = plot.cursor;
    const names = place.closest('figure')?.querySelectorAll('.legend span') ?? [];
    names.forEach((name, position) => {
      const value = typeof idx === 'number' ? plot.data[position + 1]?.[idx] : undefined;
      const isThere = typeof value === 'number';
      if (isThere) name.setAttribute('data-value', `${Math.round(value * 100) / 100}${unit}`);
      else name.removeAttribute('data-value');
    });
  }

  /** @param {string} name */
  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function resize() {
    for (const [place, plot] of drawn) {
      plot.setSize({ width: place.clientWidth, height: place.clientHeight });
    }
  }

  /** The colours of the other theme. */
  function redraw() {
    for (const plot of drawn.values()) plot.destroy();
    drawn.clear();
    for (const place of places) draw(place);
  }
})();
