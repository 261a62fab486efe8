// What the page and the API show: handed in by whoever wires the gateway.
import type { ConnectionConfig, Endpoint } from '../config/config.ts';
import type { Clock, Explainer, Operator, SandboxMailbox, Store } from '../relay/ports.ts';
import type { CheckReadiness } from './readiness.ts';

export interface AdminSource {
  /** Of the gateway. */
  readonly version: string;
  /** The gateway's own name. */
  readonly hostname: string;
  /** Where it listens for SMTP, with the ports that were bound. */
  readonly listeners: readonly (Endpoint & { readonly name: string })[];
  /** Those in force. */
  readonly connections: () => readonly Pick<ConnectionConfig, 'name' | 'type'>[];
  readonly store: Pick<Store, 'figures' | 'list' | 'find' | 'lanes' | 'backup'>;
  readonly operator: Operator;
  /** What would become of a message; absent where nobody can tell. */
  readonly explain?: Explainer;
  /** Names of the clients in force. */
  readonly clients?: () => readonly string[];
  /** Present where a connection is the sandbox. */
  readonly sandbox?: SandboxMailbox;
  /** An address that this machine may send as, for a line to try; absent when it may not send. */
  readonly trySender?: string;
  /** Recipients that make the sandbox answer with trouble: what stands before their @, and what happens then. */
  readonly forcedOutcomes?: readonly { readonly localPart: string; readonly what: string }[];
  /** Nothing leaves; absent, or undefined: it does. */
  readonly sending?: () => 'hold' | 'drop' | undefined;
  readonly ready: CheckReadiness;
  readonly clock: Pick<Clock, 'now'>;
}
