// Hands one message to a listener of this gateway as an app would: for the commands that send.
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { logIn } from './login.ts';
import { numberOf, stageOf, textOf, type Stage } from './replies.ts';

export interface HandOverOptions {
  /** An IP address or host name. */
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  /** Own name, for EHLO. */
  readonly hostname: string;
  readonly login?: { readonly username: string; readonly password: string };
  /** PEM of an authority to trust besides those that Node trusts already. */
  readonly ca?: string;
}

export interface HandedMessage {
  /** Null is `<>`. */
  readonly reversePath: string | null;
  readonly forwardPaths: readonly string[];
  /** Line ends become CRLF; dots are as they are. */
  readonly content: Readable;
  /** What is asked for reports (RFC 3461), of a listener that knows them. */
  readonly dsn?: {
    readonly notify?: readonly string[];
    readonly returns?: 'FULL' | 'HDRS';
    readonly envelopeId?: string;
  };
}

/** What the listener said of it. */
export type HandedOver =
  | {
      readonly kind: 'taken';
      /** To the final dot. */
      readonly reply: string;
      /** Recipients that it refused, while it took others, each with its reply. */
      readonly refused: readonly { readonly forwardPath: string; readonly reply: string }[];
    }
  | {
      readonly kind: 'refused';
      readonly stage: Stage;
      /** RFC 5321 §4.2; absent: there was no reply. */
      readonly code?: number;
      /** The reply, or what went wrong without one; one line. */
      readonly text: string;
    };

const connectTimeoutMs = 10_000;
/** RFC 5321 §4.5.3.2: ten minutes for the reply to the final dot. */
const silenceTimeoutMs = 600_000;

/** Never throws for what the listener says. What `content` throws comes back as a refusal without a reply. */
export async function handOver(
  message: HandedMessage,
  options: HandOverOptions,
): Promise<HandedOver> {
  const connection = new SMTPConnection(settingsOf(options));
  const cut = Promise.withResolvers<never>();
  connection.on('error', cut.reject);
  connection.on('end', () => cut.reject(new Error('The listener closed the connection')));
  cut.promise.catch(() => undefined);
  let stage: Stage = 'connect';
  try {
    await Promise.race([connect(connection), cut.promise]);
    if (options.login) {
      stage = 'login';
      await Promise.race([logIn(connection, { kind: 'password', ...options.login }), cut.promise]);
    }
    stage = 'data';
    const taken = await Promise.race([give(connection, message), cut.promise]);
    connection.quit();
    return taken;
  } catch (error) {
    return refusalOf(error, stage);
  } finally {
    connection.close();
  }
}

/**
 * A listener on this machine has a certificate for another name. Towards another machine TLS is used as it is offered,
 * as mail servers do; a password needs one whose name can be trusted.
 */
function settingsOf({ host, port, implicitTls, hostname, login, ca }: HandOverOptions) {
  const isHere = isLoopback(host);
  return {
    host,
    port,
    secure: implicitTls,
    requireTLS: login !== undefined && !implicitTls && !isHere,
    name: hostname,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    socketCloseTimeout: 0,
    tls: { rejectUnauthorized: login !== undefined && !isHere, ...(ca !== undefined && { ca }) },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function connect(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
}

function give(connection: SMTPConnection, message: HandedMessage): Promise<HandedOver> {
  const { reversePath, forwardPaths, content, dsn } = message;
  return new Promise((resolve, reject) => {
    const envelope = {
      from: reversePath ?? (false as const),
      to: [...forwardPaths],
      use8BitMime: true,
      ...(dsn && {
        dsn: {
          ...(dsn.notify && { notify: [...dsn.notify] }),
          ...(dsn.returns && { ret: dsn.returns }),
          ...(dsn.envelopeId !== undefined && { envid: dsn.envelopeId }),
        },
      }),
    };
    connection.send(envelope, content, (error, info) => {
      if (error) return reject(error);
      const refused = (info?.rejectedErrors ?? []).map((each) => ({
        forwardPath: each.recipient ?? '',
        reply: textOf(each),
      }));
      resolve({ kind: 'taken', reply: info?.response ?? '', refused });
    });
  });
}

function refusalOf(error: unknown, stage: Stage): HandedOver {
  const code = numberOf(error, 'responseCode');
  return {
    kind: 'refused',
    stage: stageOf(error) ?? stage,
    ...(code !== undefined && { code }),
    text: textOf(error),
  };
}
