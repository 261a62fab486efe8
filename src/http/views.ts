// What the page and the API show beyond the queue: handed in by whoever wires the gateway.
import type { LiveWindow } from '../core/live-series.ts';
import type { ClientView } from './schema/client.ts';
import type { ConnectionView } from './schema/connection.ts';
import type { FiguresView } from './schema/figures.ts';
import type { LaneView } from './schema/lane.ts';

export interface AdminViews {
  /** In the order of the configuration. Rejects with `StoreError`. */
  readonly connections: () => Promise<readonly ConnectionView[]>;
  /** Longest pause first; at most 1,000. Rejects with `StoreError`. */
  readonly lanes: () => Promise<readonly LaneView[]>;
  /** Seen last first. */
  readonly clients: () => readonly ClientView[];
  readonly figures: (window: LiveWindow) => FiguresView;
}
