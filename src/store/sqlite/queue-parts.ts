// What the operations on one queue file share.
import type { Chunks } from './chunks.ts';
import type { Figures } from './figures.ts';
import type { Lanes } from './lanes.ts';

export interface QueueParts {
  readonly chunks: Chunks;
  readonly figures: Figures;
  readonly lanes: Lanes;
  /** The bodies of delivered messages stay until the messages are forgotten. */
  readonly keepBodies: boolean;
}
