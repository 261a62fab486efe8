// The part of the configuration that decides where mail goes, as the relay sees it; replaced whole at a reload.
import type { Address } from '../core/address.ts';
import type { LaneIdentity } from '../core/lane.ts';
import type { PaceLimit } from '../core/pace.ts';
import type { FromBlock } from '../core/originator.ts';
import type { ReportRules } from '../core/report-wish.ts';
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
  /** The next hop is told the recipients beside the message. Default: the header says who gets it. */
  readonly carriesEnvelope?: boolean;
  /** Recipients that one send may have. Absent: as many as Exchange takes. */
  readonly recipientsPerSend?: number;
  /** What each of its lanes keeps to. Absent: no limit. */
  readonly pace?: readonly PaceLimit[];
  readonly from?: FromBlock;
  readonly transport: Transport;
  /** The host that takes mail from it; absent where there is none in the world. */
  readonly remoteHost?: string;
}

export interface Policy {
  /** The top-level `from` block. */
  readonly from: FromBlock;
  readonly rules: readonly Rule[];
  /** For recipients that no rule matched. */
  readonly fallback: Rule;
  /** Nothing leaves: mail waits in the queue, or what comes is accepted and dropped. Absent: it leaves. */
  readonly sending?: 'hold' | 'drop';
  /** One of the rules at least asks for body or attachments. */
  readonly needsContent: boolean;
  readonly connections: ReadonlyMap<string, Connection>;
  /** Absent: nobody gets a report. */
  readonly bounce?: BouncePolicy;
}

/** Who gets reports, from whom, and over which connections. */
export interface BouncePolicy extends ReportRules {
  readonly from: Address;
  /** Name of the connection. */
  readonly via: string;
  readonly backup: readonly string[];
}
