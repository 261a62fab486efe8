// The way out over another mail server: one SMTP session per message, through nodemailer.
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { deferred, delivered, failed, type Outcome } from '../core/outcome.ts';
import type { Passage } from '../core/delivery.ts';
import type { Content, Submission, Transport } from '../relay/ports.ts';
import { logIn, NoToken, type Login } from './login.ts';
import { numberOf, outcomeOf, stageOf, textOf, type Stage } from './replies.ts';

export interface SmarthostOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS. */
  readonly implicitTls: boolean;
  /** Own name, for EHLO. */
  readonly hostname: string;
  readonly login?: Login;
  /** What MAIL FROM says: the address that the message leaves as, or what its client said. */
  readonly returnPath: 'from' | 'original';
  /** PEM of an authority to trust besides those that Node trusts already. */
  readonly ca?: string;
}

/** Before the server has said its own limit: the one of Exchange Online. */
const usualLimitBytes = 150_000_000;
const connectTimeoutMs = 30_000;
/** RFC 5321 §4.5.3.2: ten minutes for the reply to the final dot. */
const silenceTimeoutMs = 600_000;

const passage: Passage = { transport: 'smtp', why: 'The connection is a mail server' };

export function createSmarthostTransport(options: SmarthostOptions): Transport {
  let maxMessageBytes = usualLimitBytes;
  return {
    get maxMessageBytes() {
      return maxMessageBytes;
    },
    async send(submission, { signal, onGiven }) {
      if (submission.envelope.forwardPaths.length > 1) return { ...oneByOne, passage };
      const session = new Session({ ...options, onGiven }, submission);
      const outcome = await session.run(signal);
      maxMessageBytes = session.sizeLimitBytes ?? maxMessageBytes;
      return { ...outcome, passage };
    },
  };
}

/** A server may refuse one recipient and take the others, and there is no outcome for a part. */
const oneByOne = deferred('4.5.3', {
  reason: 'configuration',
  diagnostic: 'A smart host is given one recipient at a time: the message is parted and sent again',
});

/** For nodemailer. */
export function settingsOf({ host, port, implicitTls, hostname, login, ca }: SmarthostOptions) {
  return {
    host,
    port,
    secure: implicitTls,
    // A password or token must not travel in clear; without one, TLS is used where it is offered.
    requireTLS: login !== undefined && !implicitTls,
    name: hostname,
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    ...(ca !== undefined && { tls: { ca } }),
  };
}

interface SessionOptions extends SmarthostOptions {
  /** Called when the whole message was given. */
  readonly onGiven: (() => void) | undefined;
}

/** One connection, one message. */
class Session {
  readonly #options: SessionOptions;
  readonly #submission: Submission;
  readonly #connection: SMTPConnection;
  #stage: Stage = 'connect';
  #givenBytes = 0;

  constructor(options: SessionOptions, submission: Submission) {
    this.#options = options;
    this.#submission = submission;
    this.#connection = new SMTPConnection(settingsOf(options));
  }

  /** What the server said of itself; absent before, and where it named none. */
  get sizeLimitBytes(): number | undefined {
    const limit: unknown = Reflect.get(this.#connection, '_maxAllowedSize');
    return typeof limit === 'number' && limit > 0 ? limit : undefined;
  }

  /** Never throws. An abort cuts the connection: whether it was sent depends on how far it was. */
  async run(signal: AbortSignal): Promise<Outcome> {
    const cut = Promise.withResolvers<never>();
    const abort = (): void => cut.reject(new Error('The gateway is stopping'));
    signal.addEventListener('abort', abort);
    this.#connection.on('error', cut.reject);
    this.#connection.on('end', () => cut.reject(new Error('The server closed the connection')));
    cut.promise.catch(() => undefined);
    try {
      signal.throwIfAborted();
      return await Promise.race([this.#transact(), cut.promise]);
    } catch (error) {
      return this.#explain(error);
    } finally {
      signal.removeEventListener('abort', abort);
      this.#connection.close();
    }
  }

  async #transact(): Promise<Outcome> {
    const connection = this.#connection;
    await new Promise<void>((resolve, reject) => {
      connection.connect((error) => (error ? reject(error) : resolve()));
    });
    if (this.#options.login) {
      this.#stage = 'login';
      await logIn(connection, this.#options.login);
    }
    this.#stage = 'data';
    const limit = this.sizeLimitBytes;
    const { content } = this.#submission;
    if (limit !== undefined && content.sizeBytes > limit) return tooLarge(content, limit);
    await this.#give();
    connection.quit();
    return delivered('2.0.0');
  }

  async #give(): Promise<void> {
    const { content, envelope, sendAs } = this.#submission;
    // A report has a null reverse-path, so that nobody reports on it (RFC 5321 §4.5.5).
    const isOriginal = this.#options.returnPath === 'original' || envelope.reversePath === null;
    const reversePath = isOriginal ? envelope.reversePath : sendAs;
    const message = Readable.from(this.#counted(content), { objectMode: false });
    await new Promise<void>((resolve, reject) => {
      this.#connection.send(
        {
          from: reversePath ?? false,
          to: [...envelope.forwardPaths],
          size: content.sizeBytes,
          use8BitMime: true,
        },
        message,
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }

  async *#counted(content: Content): AsyncGenerator<Uint8Array> {
    for await (const piece of content.read()) {
      this.#givenBytes += piece.length;
      // The socket keeps it until it is written, and a piece is valid only until the next.
      yield Uint8Array.from(piece);
    }
    this.#options.onGiven?.();
  }

  #explain(error: unknown): Outcome {
    if (error instanceof NoToken) return withoutToken(error);
    const code = numberOf(error, 'responseCode');
    return outcomeOf({
      stage: stageOf(error) ?? this.#stage,
      ...(code !== undefined && { code }),
      text: textOf(error),
      wasGiven: this.#givenBytes >= this.#submission.content.sizeBytes,
    });
  }
}

/** Why nobody could log in. */
export function withoutToken({ isTransient, message }: NoToken): Outcome {
  const diagnostic = `There is no token to log in at the smart host with: ${message}`;
  return isTransient
    ? deferred('4.4.1', { reason: 'network', diagnostic })
    : deferred('4.7.8', { reason: 'credential', hold: 'connection', diagnostic });
}

function tooLarge({ sizeBytes }: Content, limitBytes: number): Outcome {
  return failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The message has ${sizeBytes} bytes, but the smart host takes at most ${limitBytes}`,
  });
}
