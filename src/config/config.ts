// The configuration in resolved form: what the parts of the gateway get. Secrets are apart (secrets.ts).
import type { Address, AddressPattern } from '../core/address.ts';
import type { AlertEvent } from '../core/alert.ts';
import type { Networks } from '../core/condition.ts';
import type { FromBlock } from '../core/originator.ts';
import type { Rule } from '../core/route.ts';
import type { RetrySchedule } from '../core/schedule.ts';
import type { SendAs } from '../core/send-as.ts';

export interface Endpoint {
  /** An IP address or host name; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface ListenerTls {
  /** `optional` and `required` offer STARTTLS, `implicit` begins with TLS. */
  readonly mode: 'optional' | 'required' | 'implicit';
  /** Absolute paths of PEM files, which may change at any time. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly minVersion: TlsVersion;
}

export interface ListenerConfig extends Endpoint {
  readonly name: string;
  /** What a 250 means: the message is durable here, or the next hop has it. */
  readonly mode: 'queued' | 'direct';
  /** Passwords may travel in clear; this machine's own may always. */
  readonly loginWithoutTls: boolean;
  /** Absent: TLS is not spoken. */
  readonly tls?: ListenerTls;
  /** Whose PROXY header is believed; and they must send one. */
  readonly proxies?: Networks;
}

export interface ScryptHash {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

export interface ClientConfig {
  readonly name: string;
  /** Absent: any address. */
  readonly networks?: Networks;
  /** The password or its hash is in `Secrets` under `clients.<name>.login`. */
  readonly username?: string;
  readonly senders: readonly AddressPattern[];
  /** Forward-paths that it may send to. */
  readonly recipients: readonly AddressPattern[];
  readonly recipientsPerMessage: number;
  /** At the same time, over all listeners; absent: no limit of its own. */
  readonly connections?: number;
  /** Absent: no limit. */
  readonly messagesPerMinute?: number;
  /** Absent: no limit. */
  readonly recipientsPerMinute?: number;
  /** Absent: no limit. */
  readonly bytesPerMinute?: number;
}

export interface IntakeLimits {
  readonly messageBytes: number;
  readonly connections: number;
  readonly idleTimeoutMs: number;
  readonly authFailuresPerMinute: number;
  /** Of all clients together, like the two below; absent: no limit. */
  readonly messagesPerMinute?: number;
  readonly recipientsPerMinute?: number;
  readonly bytesPerMinute?: number;
}

export interface DirectConfig {
  /** Of the bodies of all direct connections together. */
  readonly memoryBytes: number;
  /** Where more than that may go; absent: nowhere. Absolute. */
  readonly folder?: string;
}

export interface CloudEndpoints {
  /** Origin, such as `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** Origin, such as `https://graph.microsoft.com`. */
  readonly graph: string;
}

/** Which credential a connection has; the secret itself is in `Secrets` under `connections.<name>.<kind>`. */
export type CredentialConfig =
  | { readonly kind: 'secret'; readonly expiresAt?: number }
  | { readonly kind: 'certificate'; readonly certFile: string; readonly keyFile: string }
  /** PKCS #12: certificate and key in one file, by its absolute path. */
  | { readonly kind: 'pfx'; readonly file: string }
  /** `file`: absolute path, read again at each use. */
  | { readonly kind: 'federatedToken'; readonly file: string }
  /** `clientId`: of a user-assigned identity; absent: the system's. */
  | { readonly kind: 'managedIdentity'; readonly clientId?: string }
  /** A public client, for a user who signs in. */
  | { readonly kind: 'none' };

export interface LaneLimits {
  readonly concurrency: number;
  readonly requestsPer10Minutes: number;
  readonly uploadBytesPer5Minutes: number;
  /** Absent: no limit. */
  readonly messagesPerMinute?: number;
  readonly messagesPerHour?: number;
  readonly messagesPerDay?: number;
}

interface ConnectionBase {
  readonly name: string;
  readonly sendAs: SendAs;
  readonly saveToSentItems: boolean;
  /** Bytes of the body of one request. */
  readonly requestLimitBytes: number;
  /** What is over that limit goes by draft and upload session. */
  readonly largeMessages: boolean;
  /** What becomes of quoted-printable text. */
  readonly quotedPrintable: 'base64' | 'keep';
  readonly limits: LaneLimits;
  readonly from?: FromBlock;
}

export interface GraphConnectionConfig extends ConnectionBase {
  readonly type: 'graph';
  readonly cloud: CloudEndpoints;
  /** Domain or GUID; `consumers` for personal accounts. */
  readonly tenant: string;
  readonly clientId: string;
  readonly credential: CredentialConfig;
  /** As whom the app acts, once he has signed in; absent: as itself. */
  readonly account?: Address;
  /** Where the sign-in in a browser comes back to; absent: any port of this machine. */
  readonly redirectUri?: string;
}

export interface SandboxConnectionConfig extends ConnectionBase {
  readonly type: 'sandbox';
}

/** Another mail server. What it logs in with is in `Secrets` under `connections.<name>.password`. */
export interface SmtpConnectionConfig extends Endpoint {
  readonly type: 'smtp';
  readonly name: string;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  readonly username?: string;
  /** Name of the graph connection by whose identity it logs in (XOAUTH2). */
  readonly oauth2?: string;
  /** What MAIL FROM says: the address that the message leaves as, or what its client said. */
  readonly returnPath: 'from' | 'original';
  readonly from?: FromBlock;
}

/** Connections over Microsoft Graph, or what simulates it. */
export type GraphLikeConfig = GraphConnectionConfig | SandboxConnectionConfig;

export type ConnectionConfig = GraphLikeConfig | SmtpConnectionConfig;

/** Where the queue lies. */
export type QueueStoreConfig =
  /** `file`: absolute path. */
  | { readonly kind: 'sqlite'; readonly file: string }
  /** `address`: for people, without password; the URL is in `Secrets`. */
  | { readonly kind: 'postgres'; readonly address: string };

export interface QueueConfig {
  readonly store: QueueStoreConfig;
  readonly retry: RetrySchedule;
  readonly lookupAfterMs: number;
  readonly keepDeliveredMs: number;
  readonly keepFailedMs: number;
  readonly keepBodies: boolean;
  readonly full: {
    readonly messages: number;
    readonly bytes: number;
    readonly freeDiskShare: number;
  };
}

/** Reports to senders (docs/bounces.md). */
export interface BounceConfig {
  readonly from: Address;
  /** Name of the connection. */
  readonly via: string;
  readonly backup: readonly string[];
  /** Reverse-paths that get reports, beside those of clients that had logged in. */
  readonly to: readonly AddressPattern[];
}

/** Who is told of trouble, and of which (docs/alerts.md). */
export interface AlertConfig {
  readonly on: readonly AlertEvent[];
  /** How long the oldest message may wait before `queueOld` is told. */
  readonly queueOldMs: number;
  readonly to:
    /** The URL is in `Secrets`, by the position of this block. */
    | { readonly kind: 'webhook' | 'slack' | 'teams'; readonly allowLocal: boolean }
    | {
        readonly kind: 'email';
        readonly address: Address;
        /** Name of the connection. */
        readonly via: string;
        /** Absent: the mailbox that the connection sends as; without one, `address`. */
        readonly from?: Address;
      };
}

export interface HttpConfig {
  readonly telemetry: Endpoint | false;
  readonly admin: Endpoint | false;
  /** People on the page may read what messages say. */
  readonly showBodies: boolean;
}

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'auto' | 'json' | 'text';
  readonly addresses: 'full' | 'hashed';
}

export interface Config {
  /** Absolute path of the file that was read. */
  readonly file: string;
  readonly hostname: string;
  readonly listeners: readonly ListenerConfig[];
  readonly clients: readonly ClientConfig[];
  readonly limits: IntakeLimits;
  readonly direct: DirectConfig;
  readonly connections: ReadonlyMap<string, ConnectionConfig>;
  /** Where sign-ins are kept, by absolute path; the key is in `Secrets`. */
  readonly tokenCache?: { readonly file: string };
  readonly from: FromBlock;
  readonly routes: readonly Rule[];
  /** Taken by recipients that no route matched; its name is `default`. */
  readonly fallback: Rule;
  /** Nothing leaves: mail waits in the queue, or what comes is dropped. Absent: it leaves. */
  readonly sending?: 'hold' | 'drop';
  readonly queue: QueueConfig;
  /** Absent: nobody gets a report. */
  readonly bounce?: BounceConfig;
  readonly http: HttpConfig;
  readonly alerts: readonly AlertConfig[];
  readonly log: LogConfig;
}
