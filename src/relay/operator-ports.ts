// What people see and do: the queue, the sandbox's mailbox, explanations.
import type { Address } from '../core/address.ts';
import type { Acceptance } from './message-ports.ts';
import type { DeliveryFilter, NewDelivery, QueueAction } from './store-ports.ts';

/** What became, or would become, of one delivery whose message was routed anew. */
export interface Rerouting {
  readonly deliveryId: string;
  /** The queue id of its message. */
  readonly messageId: string;
  readonly route: string;
  readonly connection: string;
  /** `left`: it stays as it is, and `reason` says why. */
  readonly verdict: 'rerouted' | 'unchanged' | 'left';
  readonly reason?: string;
  /** What takes its place; none unless `rerouted`. */
  readonly instead: readonly Pick<NewDelivery, 'id' | 'route' | 'connection' | 'state'>[];
}

export interface RerouteReport {
  readonly counts: Readonly<Record<Rerouting['verdict'], number>>;
  /** The first 1,000. */
  readonly reroutings: readonly Rerouting[];
}

export interface RerouteOptions {
  /** Only says what would change. */
  readonly dryRun: boolean;
  /** Those that may have been sent, too. */
  readonly force: boolean;
}

/** What people do with the queue, from the page or by a command. Every promise rejects with `StoreError` alone. */
export interface Operator {
  /** As `Store.act`. */
  act(action: QueueAction['kind'], filter: DeliveryFilter): Promise<number>;
  /** Routes messages by the rules of today, for the recipients of the deliveries that are meant. */
  reroute(filter: DeliveryFilter, options: RerouteOptions): Promise<RerouteReport>;
  /** Accepts a stored message once more, for these recipients alone. Undefined: it or its body is gone. */
  resend(messageId: string, forwardPaths: readonly Address[]): Promise<Acceptance | undefined>;
}

export interface SandboxMessageSummary {
  readonly id: string;
  /** Epoch ms. */
  readonly sentAt: number;
  /** The mailbox that it left from. */
  readonly sendAs: string;
  readonly from: string;
  /** All recipients, as Exchange would deliver. */
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly sizeBytes: number;
}

export interface SandboxMessage extends SandboxMessageSummary {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  /** '' when there is none. */
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly {
    readonly name: string;
    readonly contentType: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  }[];
  readonly raw: Uint8Array;
}

/** What the simulator "sent", newest first. */
export interface SandboxMailbox {
  list(): readonly SandboxMessageSummary[];
  get(id: string): Promise<SandboxMessage | undefined>;
}

/** A message that nobody sends, and how it would come. */
export interface ExplainQuestion {
  /** The message as text. */
  readonly message: string;
  /** Name of a client, or an IP address. */
  readonly client: string;
  readonly address?: string;
  readonly listener?: string;
  readonly ehlo?: string;
  /** Default: the address in From. */
  readonly mailFrom?: string;
  /** Default: everybody in To, Cc and Bcc. */
  readonly rcpt?: readonly string[];
}

/** What would become of it, for programs and for people; or what is wrong with the question. */
export type ExplainAnswer =
  { readonly report: object; readonly text: string } | { readonly fault: string };

export type Explainer = (question: ExplainQuestion) => Promise<ExplainAnswer>;
