// One message on trial: what the gateway would say to MAIL, RCPT and DATA, and what it would do then.
import { Buffer } from 'node:buffer';
import { isIP } from 'node:net';
import type { ClientConfig, Config } from '../config/config.ts';
import { checkReversePath } from '../core/senders.ts';
import type { Refusal } from '../core/outcome.ts';
import { ThreadedContentReader } from '../mime/content-reader.ts';
import { mime } from '../mime/mime.ts';
import { messageParts } from '../mime/part-port.ts';
import { explainMessage, type Explanation } from '../relay/explain-message.ts';
import type { Policy } from '../relay/policy.ts';
import { createLineEnds } from '../smtp/line-ends.ts';
import { toRejection, type Rejection, type Reply } from '../smtp/reply.ts';
import {
  addForwardPath,
  openTransaction,
  toEnvelope,
  type OpenTransaction,
  type SessionFacts,
} from '../smtp/transaction.ts';
import { createOfflinePolicy } from './offline-policy.ts';

/** Who hands the message over, as what, and to whom. */
export interface TrialSession {
  /** Name of a client, or the IP address from which one sends that needs no login. */
  readonly client: string;
  /** IP address of a client that is named. Default: this machine. */
  readonly address?: string | undefined;
  /** Default: the first one. */
  readonly listener?: string | undefined;
  readonly ehlo?: string | undefined;
  /** '' is the null reverse-path. */
  readonly mailFrom: string;
  readonly rcpt: readonly string[];
}

/** A command was refused, and nothing was sent after it. */
export interface RefusedTrial {
  readonly kind: 'refused';
  readonly command: 'MAIL' | 'RCPT' | 'DATA';
  readonly reply: Reply;
  readonly diagnostic: string;
  /** Present after DATA. */
  readonly explanation?: Explanation;
  readonly transaction?: OpenTransaction;
}

export interface TakenTrial {
  readonly kind: 'taken';
  readonly explanation: Explanation;
  readonly transaction: OpenTransaction;
}

export type TrialResult = RefusedTrial | TakenTrial;

/** Time for one piece; here nobody else waits. */
const contentDeadlineMs = 60_000;

/** Tries messages against one configuration. Reaches no network, and keeps nothing. */
export class Trial implements AsyncDisposable {
  readonly #config: Config;
  readonly #policy: Policy;
  readonly #contents = new ThreadedContentReader({
    deadlineMs: contentDeadlineMs,
    fault: () => undefined,
  });

  constructor(config: Config) {
    this.#config = config;
    this.#policy = createOfflinePolicy(config);
  }

  /** What is wrong with the client of a session; undefined for a name or an IP address. */
  checkClient(client: string): string | undefined {
    if (isIP(client) !== 0 || this.#named(client)) return undefined;
    const names = this.#config.clients.map(({ name }) => name).join(', ');
    return `"${client}" is no client and no IP address; clients are: ${names}`;
  }

  /** @param raw the message, its lines ended by CRLF */
  async run(session: TrialSession, raw: Uint8Array): Promise<TrialResult> {
    const opened = this.#open(session);
    if (opened.kind === 'refused') return opened;
    const { client } = opened;
    const envelope = toEnvelope(opened, { smtpUtf8: false });
    const explanation = await explainMessage(
      { client, envelope, raw },
      {
        policy: this.#policy,
        mime,
        messageParts,
        contents: this.#contents,
        hostname: this.#config.hostname,
        now: Date.now(),
      },
    );
    const refusal = explanation.refusal ?? this.#checkSize(raw);
    if (!refusal) return { kind: 'taken', explanation, transaction: opened };
    return { ...refused('DATA', toRejection(refusal)), explanation, transaction: opened };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#contents[Symbol.asyncDispose]();
  }

  #open(session: TrialSession): OpenTransaction | RefusedTrial {
    const transaction = openTransaction(session.mailFrom, {
      facts: this.#factsOf(session),
      rules: {
        clients: this.#clientsOf(session),
        checkReversePath: (client, path) => checkReversePath(client, path, this.#policy.from),
        overload: () => undefined,
        takeMessage: () => undefined,
      },
    });
    if (transaction.kind === 'rejected') return refused('MAIL', transaction);
    for (const path of session.rcpt) {
      const rejection = addForwardPath(transaction, path, { hostname: this.#config.hostname });
      if (rejection) return refused('RCPT', rejection);
    }
    return transaction;
  }

  #factsOf({ client, address, listener, ehlo = '' }: TrialSession): SessionFacts {
    const named = this.#named(client);
    const username = named?.username;
    return {
      ip: address ?? (named ? '127.0.0.1' : client),
      listener: listener ?? this.#config.listeners[0]?.name ?? '',
      ehlo,
      tls: false,
      extended: true,
      ...(username !== undefined && { login: { username, clients: [client] } }),
    };
  }

  /** A client that is named is that client, wherever it may send from. */
  #clientsOf({ client }: TrialSession): readonly ClientConfig[] {
    const named = this.#named(client);
    if (!named) return this.#config.clients;
    const { networks: _networks, ...anywhere } = named;
    return [anywhere];
  }

  #named(name: string): ClientConfig | undefined {
    return this.#config.clients.find((client) => client.name === name);
  }

  #checkSize({ length }: Uint8Array): Refusal | undefined {
    const { messageBytes } = this.#config.limits;
    if (length <= messageBytes) return undefined;
    return {
      kind: 'failed',
      status: '5.3.4',
      reason: 'tooLarge',
      diagnostic: `The message has ${length} bytes, and limits.messageSize allows ${messageBytes}`,
    };
  }
}

function refused(
  command: RefusedTrial['command'],
  { reply, diagnostic }: Pick<Rejection, 'reply' | 'diagnostic'>,
): RefusedTrial {
  return { kind: 'refused', command, reply, diagnostic };
}

/** A message as the gateway reads it, whatever its line ends are. */
export function withCrlf(raw: Uint8Array): Uint8Array {
  const lineEnds = createLineEnds();
  return Buffer.concat([lineEnds.push(raw), lineEnds.end()]);
}
