// A mail transaction (RFC 5321 §3.3) from MAIL to DATA: who sends, from where, to whom, and what is refused on the way.
import type { ClientConfig } from '../config/config.ts';
import { addressKey, matchesAny, parseAddress, type Address } from '../core/address.ts';
import type { Client } from '../core/client.ts';
import type { Envelope, ReportWish } from '../core/envelope.ts';
import type { Failed, Refusal } from '../core/outcome.ts';
import { matchClient, unknownClient, type Peer } from './clients.ts';
import { toReportWish, type RecipientDsn } from './dsn.ts';
import { toRejection, type Rejection } from './reply.ts';

/** What is known of a session when it says MAIL. */
export interface SessionFacts extends Peer {
  readonly listener: string;
  /** Id of the connection; absent: it is none of the network. */
  readonly session?: string;
  /** '' before EHLO or HELO. */
  readonly ehlo: string;
  readonly tls: boolean;
  /** It said EHLO, not HELO. */
  readonly extended: boolean;
}

export interface MailRules {
  readonly clients: readonly ClientConfig[];
  /** Whether the client may use that reverse-path; undefined when it may. */
  readonly checkReversePath: (client: Client, reversePath: Address | null) => Failed | undefined;
  /** Why no mail can be taken just now, before its body travels; undefined when it can. */
  readonly overload: () => Refusal | undefined;
  /** Counts one more message of the client, or says why not. */
  readonly takeMessage: (client: ClientConfig) => Rejection | undefined;
  /** The same of a recipient; default: there may be any number. */
  readonly takeRecipient?: (client: ClientConfig) => Rejection | undefined;
  /** Begins a message; what it returns is asked of each recipient, in turn: why he cannot stand beside the others. */
  readonly openRecipients?: OpenRecipients | undefined;
}

export type OpenRecipients = (sender: {
  readonly client: Client;
  readonly reversePath: Address | null;
}) => (forwardPath: Address) => Refusal | undefined;

export interface OpenTransaction {
  readonly kind: 'open';
  readonly client: Client;
  readonly config: ClientConfig;
  readonly reversePath: Address | null;
  /** By `addressKey`: a repeated recipient gets one copy. */
  readonly forwardPaths: Map<string, Address>;
  /** By the same keys. */
  readonly reportWishes: Map<string, ReportWish>;
  /** Why a further recipient cannot stand beside those before him. */
  readonly checkRecipient?: ReturnType<OpenRecipients>;
  /** Counts one more recipient, or says why not. */
  readonly takeRecipient: () => Rejection | undefined;
}

export type NoTransaction = Rejection & { readonly kind: 'rejected'; readonly client?: string };

/** MAIL FROM. `path` is what stands between the brackets. */
export function openTransaction(
  path: string,
  options: { readonly facts: SessionFacts; readonly rules: MailRules },
): OpenTransaction | NoTransaction {
  const { facts, rules } = options;
  const config = matchClient(rules.clients, facts);
  if (!config) return { kind: 'rejected', ...unknownClient(rules.clients, facts) };
  const reversePath = path === '' ? null : parseAddress(path);
  if (reversePath === undefined) return rejected(badReversePath(path), config);
  const client = toClient(facts, config);
  const forbidden = rules.checkReversePath(client, reversePath);
  if (forbidden) return rejected(forbiddenReversePath(forbidden), config);
  const overload = rules.overload();
  if (overload) return rejected(toRejection(overload), config);
  const tooMany = rules.takeMessage(config);
  if (tooMany) return rejected(tooMany, config);
  const [forwardPaths, reportWishes] = [new Map(), new Map()];
  const checkRecipient = rules.openRecipients?.({ client, reversePath });
  return {
    kind: 'open',
    client,
    config,
    reversePath,
    forwardPaths,
    reportWishes,
    takeRecipient: () => rules.takeRecipient?.(config),
    ...(checkRecipient && { checkRecipient }),
  };
}

/** RCPT TO: adds the recipient, or says why not. */
export function addForwardPath(
  transaction: OpenTransaction,
  path: string,
  { hostname, dsn = {} }: { readonly hostname: string; readonly dsn?: RecipientDsn },
): Rejection | undefined {
  const { config, forwardPaths } = transaction;
  // RFC 5321 §4.5.1: postmaster needs no domain.
  const isPostmaster = path.toLowerCase() === 'postmaster';
  const address = parseAddress(isPostmaster ? `${path}@${hostname}` : path);
  if (address === undefined) return badForwardPath(path);
  if (!matchesAny(config.recipients, address)) return forbiddenForwardPath(address, config);
  const key = addressKey(address);
  if (!forwardPaths.has(key) && forwardPaths.size >= config.recipientsPerMessage) {
    return tooManyRecipients(config);
  }
  if (!forwardPaths.has(key)) {
    const refusal = transaction.checkRecipient?.(address);
    if (refusal) return { ...toRejection(refusal), reason: 'tooManyRecipients' };
    const tooMany = transaction.takeRecipient();
    if (tooMany) return tooMany;
    forwardPaths.set(key, address);
  }
  const wish = toReportWish(address, dsn);
  if (wish) transaction.reportWishes.set(key, wish);
  return undefined;
}

export function toEnvelope(
  { reversePath, forwardPaths, reportWishes }: OpenTransaction,
  { smtpUtf8, ret, envid }: MailParameters,
): Envelope {
  return {
    reversePath,
    forwardPaths: [...forwardPaths.values()],
    smtpUtf8,
    ...((ret === 'FULL' || ret === 'HDRS') && { ret }),
    ...(typeof envid === 'string' && { envid }),
    ...(reportWishes.size > 0 && { reportWishes: [...reportWishes.values()] }),
  };
}

/** What the library keeps of MAIL. */
interface MailParameters {
  readonly smtpUtf8: boolean;
  readonly ret?: string | null | undefined;
  readonly envid?: string | null | undefined;
}

/** A path that cannot be an address, found by the library or by us. */
export function badReversePath(path: string): Rejection {
  return {
    reply: { code: 501, status: '5.1.7', text: 'The sender address is not valid' },
    reason: 'badAddress',
    diagnostic: `MAIL FROM has no valid address: ${quote(path)}`,
  };
}

export function badForwardPath(path: string): Rejection {
  return {
    reply: { code: 501, status: '5.1.3', text: 'The recipient address is not valid' },
    reason: 'badAddress',
    diagnostic: `RCPT TO has no valid address: ${quote(path)}`,
  };
}

/** A path has 256 octets at most (RFC 5321 §4.5.3.1.3): what a client writes must not fill the log. */
const maxQuotedLength = 256;

function quote(path: string): string {
  return JSON.stringify(path.slice(0, maxQuotedLength));
}

function rejected(rejection: Rejection, { name }: ClientConfig): NoTransaction {
  return { kind: 'rejected', ...rejection, client: name };
}

/** Whatever code the same refusal has after DATA: here it is about the address. */
function forbiddenReversePath(refusal: Failed): Rejection {
  const rejection = toRejection(refusal);
  return { ...rejection, reply: { ...rejection.reply, code: 550 } };
}

function forbiddenForwardPath(address: Address, { name }: ClientConfig): Rejection {
  return {
    reply: { code: 550, status: '5.7.1', text: 'This recipient is not allowed' },
    reason: 'routing',
    diagnostic: `Client "${name}" may not send to ${address}: allow it in its recipients`,
  };
}

function tooManyRecipients({ name, recipientsPerMessage }: ClientConfig): Rejection {
  return {
    reply: {
      code: 452,
      status: '4.5.3',
      text: 'Too many recipients; send the rest in another message',
    },
    reason: 'tooManyRecipients',
    diagnostic: `Client "${name}" may name ${recipientsPerMessage} recipients in one message`,
  };
}

function toClient(facts: SessionFacts, config: ClientConfig): Client {
  const { ip, listener, session, ehlo, tls, extended, login } = facts;
  return {
    name: config.name,
    ip,
    listener,
    ...(session !== undefined && { session }),
    ehlo,
    tls,
    extended,
    senders: config.senders,
    ...(login && { login: login.username }),
  };
}
