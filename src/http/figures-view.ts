// What came and went lately: for the charts of the page and the API.
import { liveWindows, type LiveSeries, type LiveWindow } from '../core/live-series.ts';
import type { FiguresView } from './schema/figures.ts';
import { isoTime } from './time-text.ts';

export function viewFigures(
  series: Pick<LiveSeries, 'points'>,
  { window, now }: { readonly window: LiveWindow; readonly now: number },
): FiguresView {
  const points = series.points(window, now);
  return {
    window,
    intervalMs: liveWindows[window].intervalMs,
    points: points.map(({ at, ...point }) => ({ at: isoTime(at), ...point })),
  };
}
