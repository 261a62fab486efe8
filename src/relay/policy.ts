// The part of the configuration that decides where mail goes, as the relay sees it; replaced whole at a reload.
import type { LaneIdentity } from '../core/lane.ts';
import type { FromBlock } from '../core/originator.ts';
import type { Rule } from '../core/route.ts';
import type { SendAs } from '../core/send-as.ts';
import type { Transport } from './ports.ts';

export interface Connection {
  readonly name: string;
  readonly laneIdentity: LaneIdentity;
  /** Deliveries of one lane in flight at once. */
  readonly laneConcurrency: number;
  readonly sendAs: SendAs;
  readonly saveToSentItems: boolean;
  readonly from?: FromBlock;
  readonly transport: Transport;
}

export interface Policy {
  /** The top-level `from` block. */
  readonly from: FromBlock;
  readonly rules: readonly Rule[];
  /** For recipients that no rule matched. */
  readonly fallback: Rule;
  /** One of the rules at least asks for body or attachments. */
  readonly needsContent: boolean;
  readonly connections: ReadonlyMap<string, Connection>;
}
