// The commands of all sessions of a listener: from the library's callbacks to decisions, from decisions to replies and events.
import type {
  SMTPServerAddress,
  SMTPServerAuthentication,
  SMTPServerDataStream,
  SMTPServerEnvelope,
} from 'smtp-server';
import type { ClientConfig, IntakeLimits, ListenerConfig } from '../config/config.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Address } from '../core/address.ts';
import type { Client } from '../core/client.ts';
import type { Networks } from '../core/condition.ts';
import type { Failed, Refusal } from '../core/outcome.ts';
import type { Accept, Clock, Events } from '../relay/ports.ts';
import { Admission } from './admission.ts';
import { Authentication } from './authentication.ts';
import type { Login } from './clients.ts';
import {
  shuttingDown,
  type Connection,
  type ConnectionRules,
  type StagedRejection,
} from './connection.ts';
import { DataReader, type DataPace } from './data-reader.ts';
import type { LoginSettings } from './logins.ts';
import { inTrouble, receive } from './receive.ts';
import { formatReplyLine, toRejection, toReply, toSmtpError, type Rejection } from './reply.ts';
import type { Quotas } from './quotas.ts';
import type {
  CommandHandlers,
  Decide,
  DecideLogin,
  DecideMessage,
  HandshakeRules,
} from './server.ts';
import {
  addForwardPath,
  openTransaction,
  toEnvelope,
  type OpenRecipients,
  type OpenTransaction,
  type SessionFacts,
} from './transaction.ts';

/** What may change while the listener runs. */
export interface ListenerSettings {
  readonly clients: readonly ClientConfig[];
  readonly secrets: Secrets;
  readonly limits: IntakeLimits;
}

export interface ReceptionParts extends ListenerSettings {
  /** Its own name in the greeting. */
  readonly hostname: string;
  readonly accept: Accept;
  /** Whether the client may use that reverse-path; undefined when it may. */
  readonly checkReversePath: (client: Client, reversePath: Address | null) => Failed | undefined;
  /** Why no mail can be taken just now, asked at MAIL, before the body travels. */
  readonly overload: () => Refusal | undefined;
  /** Asked at RCPT: why a recipient cannot stand beside those before him. Default: any can. */
  readonly openRecipients?: OpenRecipients;
  readonly events: Events;
  readonly clock: Clock;
  readonly pace: DataPace;
  /** Shared by all listeners. */
  readonly quotas: Quotas;
}

export class Reception implements ConnectionRules, CommandHandlers, HandshakeRules {
  readonly clock: Clock;
  readonly tlsRequired: boolean;
  readonly proxies: Networks | undefined;
  readonly #listener: ListenerConfig;
  readonly #parts: ReceptionParts;
  readonly #admission: Admission;
  readonly #authentication: Authentication;
  /** The library makes a new envelope for each transaction, after RSET and EHLO too: ours ends with it. */
  readonly #transactions = new WeakMap<SMTPServerEnvelope, OpenTransaction>();
  readonly #receiving = new Set<Promise<void>>();
  #settings: ListenerSettings;
  #draining = false;

  constructor(listener: ListenerConfig, parts: ReceptionParts) {
    this.clock = parts.clock;
    this.tlsRequired = listener.tls?.mode === 'required';
    this.proxies = listener.proxies;
    this.#listener = listener;
    this.#parts = parts;
    this.#settings = parts;
    this.#admission = new Admission(parts, parts);
    this.#authentication = new Authentication(toLoginSettings(parts), {
      ...parts,
      listener,
      admit: (connection, login) =>
        this.#admission.move(connection, { ip: connection.remoteAddress, login }),
    });
  }

  configure(settings: ListenerSettings): void {
    this.#settings = settings;
    this.#admission.configure(settings);
    this.#authentication.configure(toLoginSettings(settings));
  }

  get draining(): boolean {
    return this.#draining;
  }

  startDraining(): void {
    this.#draining = true;
  }

  /** Resolves when no message is being received any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#receiving);
  }

  /** Called every second or so, for each connection. */
  checkDeadlines(connection: Connection): void {
    const now = this.clock.now();
    connection.data?.checkPace(now);
    connection.checkIdle(now, this.#settings.limits.idleTimeoutMs);
  }

  refuseConnection({ remoteAddress }: Connection): Rejection | undefined {
    if (this.#draining) return drained;
    return this.#admission.refuse({ ip: remoteAddress });
  }

  refusesHandshake(ip: string, wait: number): boolean {
    const rejection = this.#admission.refuse({ ip }, { wait });
    if (rejection === undefined) return false;
    const { reply, reason, diagnostic } = rejection;
    const place = { listener: this.#listener.name, ip };
    const said = { reply: formatReplyLine(reply), status: reply.status };
    this.#parts.events.refused({ ...place, ...said, stage: 'connect', reason, diagnostic });
    return true;
  }

  handshakeFailed(ip: string, error: Error): void {
    const { name: listener } = this.#listener;
    this.#parts.events.handshakeFailed({ listener, ip, diagnostic: error.message });
  }

  refuseLogin(connection: Connection): Rejection | undefined {
    return this.#authentication.refuse(connection);
  }

  opened(connection: Connection): void {
    this.#admission.enter(connection, { ip: connection.remoteAddress });
    this.#parts.events.connectionOpened(this.#place(connection));
  }

  closed(connection: Connection): void {
    this.#admission.leave(connection);
    this.#parts.events.connectionClosed(this.#place(connection));
  }

  rejected(connection: Connection, rejection: StagedRejection): void {
    const { reply, stage, reason, diagnostic, client, sender } = rejection;
    this.#parts.events.refused({
      ...this.#place(connection),
      stage,
      reason,
      diagnostic,
      status: reply.status,
      reply: formatReplyLine(reply),
      ...(client !== undefined && { client }),
      ...(sender !== undefined && { sender }),
    });
  }

  onAuth(auth: SMTPServerAuthentication, connection: Connection, decide: DecideLogin): void {
    this.#authentication.onAuth(auth, connection, decide);
  }

  onMailFrom({ address, args }: SMTPServerAddress, connection: Connection, decide: Decide): void {
    const { checkReversePath, openRecipients, overload } = this.#parts;
    const transaction = openTransaction(address, {
      facts: this.#factsOf(connection),
      rules: {
        clients: this.#settings.clients,
        checkReversePath,
        overload,
        openRecipients,
        takeMessage: (client) => this.#admission.takeMessage(client, toSize(args)),
        takeRecipient: (client) => this.#admission.takeRecipient(client),
      },
    });
    if (transaction.kind === 'rejected') {
      const sender = address;
      return this.#refuse(connection, { ...transaction, stage: 'mail', sender }, decide);
    }
    this.#transactions.set(connection.session.envelope, transaction);
    decide();
  }

  onRcptTo(recipient: SMTPServerAddress, connection: Connection, decide: Decide): void {
    const transaction = this.#transactionOf(connection);
    const { hostname } = this.#parts;
    const { address, dsn = {} } = recipient;
    const rejection = addForwardPath(transaction, address, { hostname, dsn });
    if (rejection === undefined) return decide();
    this.#refuse(connection, { ...rejection, stage: 'rcpt', ...senderOf(transaction) }, decide);
  }

  /** Decides at the final dot, or when it is clear that none will come. */
  onData(stream: SMTPServerDataStream, connection: Connection, decide: DecideMessage): void {
    const reader = this.#createReader(stream, connection);
    connection.data = reader;
    const receiving = this.#receive(reader, connection)
      .catch(async (error: unknown) => {
        const answer = this.#fault(error);
        await reader.swallow();
        return answer;
      })
      .then((answer) => {
        connection.data = undefined;
        if (answer instanceof Error) decide(answer);
        else decide(null, answer);
        if (this.#draining) connection.leaveWhenIdle();
      })
      .catch((error: unknown) => void this.#fault(error))
      .finally(() => this.#receiving.delete(receiving));
    this.#receiving.add(receiving);
  }

  async #receive(reader: DataReader, connection: Connection): Promise<string | Error> {
    const { accept, events } = this.#parts;
    const transaction = this.#transactionOf(connection);
    const { client } = transaction;
    const { smtpUtf8 = false, dsn } = connection.session.envelope;
    const envelope = toEnvelope(transaction, { smtpUtf8, ret: dsn?.ret, envid: dsn?.envid });
    const { signal } = connection;
    const answer = await receive(reader, { client, envelope, accept, events, signal });
    this.#admission.addBytes(transaction.config, reader.receivedBytes);
    if (answer.kind === 'accepted') {
      connection.forgiveJunk();
      return `2.0.0 ${this.#listener.mode === 'direct' ? 'passed on' : 'queued'} as ${answer.id}`;
    }
    if (answer.kind === 'gone' || signal.aborted) return this.#vanished(reader, connection);
    const rejection = toRejection(answer);
    this.rejected(connection, { ...rejection, stage: 'data', ...senderOf(transaction) });
    return toSmtpError(rejection.reply);
  }

  /** Nobody is left to read the answer. */
  #vanished({ wasCut, receivedBytes }: DataReader, connection: Connection): Error {
    if (!wasCut) this.#parts.events.clientVanished({ ...this.#place(connection), receivedBytes });
    return toSmtpError(shuttingDown);
  }

  #fault(error: unknown): Error {
    this.#parts.events.fault({ where: 'smtp', error });
    return toSmtpError(toReply(inTrouble));
  }

  #createReader(stream: SMTPServerDataStream, connection: Connection): DataReader {
    const { clock, pace } = this.#parts;
    return new DataReader(stream, {
      clock,
      pace,
      maxBytes: this.#settings.limits.messageBytes,
      hangUp: (rejection) => {
        connection.hangUp(rejection.reply);
        this.rejected(connection, { ...rejection, stage: 'data' });
      },
    });
  }

  #refuse(connection: Connection, rejection: StagedRejection, decide: Decide): void {
    this.rejected(connection, rejection);
    decide(toSmtpError(rejection.reply));
  }

  #transactionOf({ session }: Connection): OpenTransaction {
    const transaction = this.#transactions.get(session.envelope);
    if (transaction) return transaction;
    throw new Error('No transaction is open: the library has changed how it keeps envelopes');
  }

  #factsOf(connection: Connection): SessionFacts {
    const { hostNameAppearsAs, openingCommand, secure, session } = connection;
    // Only `onAuth` sets it, and the library clears it at STARTTLS.
    const login: Login | false | undefined = session.user;
    return {
      ...this.#place(connection),
      ehlo: hostNameAppearsAs || '',
      tls: secure,
      extended: openingCommand !== 'HELO',
      ...(login && { login }),
    };
  }

  #place({ id, remoteAddress }: Connection): {
    readonly listener: string;
    readonly ip: string;
    readonly session: string;
  } {
    return { listener: this.#listener.name, ip: remoteAddress, session: id };
  }
}

const drained: Rejection = {
  reply: shuttingDown,
  reason: 'shutdown',
  diagnostic: 'The listener is shutting down',
};

function senderOf({ client, reversePath }: OpenTransaction) {
  return { client: client.name, sender: reversePath ?? '' };
}

function toLoginSettings({ clients, secrets, limits }: ListenerSettings): LoginSettings {
  return { clients, secrets, failuresPerMinute: limits.authFailuresPerMinute };
}

/** The SIZE of MAIL (RFC 1870), or 0; the library has refused what is no number. */
function toSize(parameters: SMTPServerAddress['args']): number {
  return typeof parameters === 'object' && 'SIZE' in parameters ? Number(parameters['SIZE']) : 0;
}
