// What the page and the API show: handed in by whoever wires the gateway.
import type { ConnectionConfig, Endpoint, ListenerConfig, ListenerTls } from '../config/config.ts';
import type { OpenTrouble } from '../core/open-troubles.ts';
import type { CheckFinding } from '../core/finding.ts';
import type { SignInDesk } from '../core/sign-in.ts';
import type { MailTester } from '../core/test-mail.ts';
import type { Clock, Explainer, Operator, SandboxMailbox, Store } from '../relay/ports.ts';
import type { CheckReadiness } from './readiness.ts';
import type { AdminViews } from './views.ts';

export interface ShownListener extends Endpoint, Partial<Pick<ListenerConfig, 'mode'>> {
  readonly name: string;
  /** Absent: TLS is not spoken. */
  readonly tls?: ListenerTls['mode'];
}

export interface AdminSource {
  /** Of the gateway. */
  readonly version: string;
  /** The gateway's own name. */
  readonly hostname: string;
  /** Where it listens for SMTP, with the ports that were bound. */
  readonly listeners: readonly ShownListener[];
  /** Those in force. */
  readonly connections: () => readonly Pick<ConnectionConfig, 'name' | 'type'>[];
  readonly store: Pick<Store, 'figures' | 'list' | 'find' | 'lanes' | 'backup'>;
  readonly operator: Operator;
  /** Connections, lanes, clients and figures; absent where no gateway runs. */
  readonly views?: AdminViews;
  /** What would become of a message; absent where nobody can tell. */
  readonly explain?: Explainer;
  /** Sends test e-mails; absent where nothing is sent. */
  readonly tester?: MailTester;
  /** Does the doctor's checks, which takes seconds; absent where no gateway runs. Never rejects. */
  readonly checks?: () => Promise<readonly CheckFinding[]>;
  /** Signs somebody in for a connection; absent where no gateway runs. */
  readonly signIns?: SignInDesk;
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
  /** People on the page may read what messages say. Default: false. */
  readonly showBodies?: boolean;
  /** False: all listeners are direct, and nothing is kept. Default: true. */
  readonly isQueued?: boolean;
  /** What is wrong just now, worst first. Default: nothing that is known. */
  readonly troubles?: () => readonly OpenTrouble[];
  readonly ready: CheckReadiness;
  readonly clock: Pick<Clock, 'now'>;
}
