// `graphpost sendmail`: stands in for sendmail(8), for cron, PHP and others; it hands the message to a listener.
import { Readable } from 'node:stream';
import { parseAddress } from '../core/address.ts';
import { handOver, type HandedMessage, type HandedOver } from '../smarthost/hand-over.ts';
import { handOverToAll } from './hand-over-to-all.ts';
import { readArguments, type SendmailArguments } from './sendmail-arguments.ts';
import { exitCodes, exitCodeOf, saidOf } from './sendmail-exit.ts';
import {
  addressesIn,
  completeHeader,
  HeaderTooLong,
  readMessage,
  recipientsOf,
  untilDot,
} from './sendmail-message.ts';
import { findServer, type SendmailServer, type ServerIo } from './sendmail-server.ts';

export interface SendmailIo extends ServerIo {
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Who calls. */
  readonly user: string;
  readonly now: () => number;
}

const usageText = `Usage: graphpost sendmail [-t] [-i] [-f address] [-F name] [--smtp host:port] [recipient ...]
Reads a message from standard input, as sendmail(8) does, and hands it to a listener of Graphpost.
  -t          take the recipients from To, Cc and Bcc
  -i, -oi     a line with a dot alone does not end the message
  -f address  the reverse-path (MAIL FROM)
  -F name     the full name, where the message has no From
  -N, -R, -V  what is asked for reports (RFC 3461)
  --smtp      the listener; else GRAPHPOST_SMTP, else that of the configuration
  --config    the configuration file
Other flags of sendmail(8) are ignored. Exit codes are those of sysexits.h.
`;

/** Returns the exit code, one of sysexits.h. */
export async function runSendmail(words: readonly string[], io: SendmailIo): Promise<number> {
  const given = readArguments(words);
  if (typeof given === 'string') return say(exitCodes.usage, given, io);
  if (given.wantsHelp) {
    io.stdout.write(usageText);
    return exitCodes.ok;
  }
  const other = otherMode(given);
  if (other !== undefined) return say(exitCodes.usage, other, io);
  // There is no table of aliases to be made.
  if (given.mode === 'i') return exitCodes.ok;
  const server = findServer(given, io);
  if ('fault' in server) return say(exitCodes.configuration, server.fault, io);
  try {
    return await send(given, { server, io });
  } catch (error) {
    const code = error instanceof HeaderTooLong ? exitCodes.data : exitCodes.input;
    return say(code, error instanceof Error ? error.message : String(error), io);
  }
}

function otherMode({ mode }: SendmailArguments): string | undefined {
  if (mode === 'p') return 'The queue is listed by: graphpost queue ls';
  if (mode === 'd' || mode === 'D') return 'The gateway is started by: graphpost serve';
  return 'mi'.includes(mode) ? undefined : `The mode -b${mode} of sendmail does not exist here`;
}

function say(code: number, text: string, { stderr }: Pick<SendmailIo, 'stderr'>): number {
  stderr.write(`sendmail: ${text}\n`);
  return code;
}

interface Sending {
  readonly server: SendmailServer;
  readonly io: SendmailIo;
}

async function send(given: SendmailArguments, { server, io }: Sending): Promise<number> {
  const pieces = given.ignoresDots ? io.stdin : untilDot(io.stdin);
  const message = await readMessage(pieces[Symbol.asyncIterator]());
  const { hostname } = server;
  const own = `${io.user}@${hostname}`;
  const reversePath = given.sender === undefined ? own : senderOf(given.sender, hostname);
  const asked = [
    ...given.recipients.flatMap(addressesIn),
    ...(given.readsRecipients ? recipientsOf(message) : []),
  ];
  const forwardPaths = [...new Set(asked.map((address) => qualified(address, hostname)))];
  const wrong = [...forwardPaths, ...(reversePath === null ? [] : [reversePath])].find(
    (address) => parseAddress(address) === undefined,
  );
  if (wrong !== undefined) return say(exitCodes.data, `"${wrong}" is no address`, io);
  if (forwardPaths.length === 0) {
    const isGiven = !given.readsRecipients && given.recipients.length > 0;
    return say(isGiven ? exitCodes.data : exitCodes.usage, noRecipient(given), io);
  }
  const sender = { address: reversePath ?? own, fullName: given.fullName ?? io.env['NAME'] ?? '' };
  const header = completeHeader(message, {
    ...{ sender, now: io.now(), hidesBcc: given.readsRecipients },
  });
  const content = join(header, message.body);
  const answer = await give({ reversePath, forwardPaths, ...dsnOf(given) }, content, server);
  for (const line of saidOf(answer, server)) io.stderr.write(`sendmail: ${line}\n`);
  return exitCodeOf(answer);
}

function noRecipient({ readsRecipients, recipients }: SendmailArguments): string {
  if (readsRecipients) return 'The message names no recipient in To, Cc or Bcc';
  return recipients.length === 0
    ? 'Nobody to send to: give recipients, or -t to take those of the message'
    : `"${recipients.join(' ')}" is no address`;
}

function senderOf(text: string, hostname: string): string | null {
  const address = text.trim().replace(/^<(.*)>$/, '$1');
  return address === '' ? null : qualified(address, hostname);
}

function qualified(address: string, hostname: string): string {
  return address.includes('@') ? address : `${address}@${hostname}`;
}

function dsnOf({ notify, returns, envelopeId }: SendmailArguments): Pick<HandedMessage, 'dsn'> {
  if (!notify && !returns && envelopeId === undefined) return {};
  return {
    dsn: {
      ...(notify && { notify }),
      ...(returns && { returns }),
      ...(envelopeId !== undefined && { envelopeId }),
    },
  };
}

async function* join(
  header: Uint8Array,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield header;
  yield* body;
}

/** What has several recipients is kept in memory: the listener may want it more than once. */
async function give(
  message: Omit<HandedMessage, 'content'>,
  content: AsyncIterable<Uint8Array>,
  server: SendmailServer,
): Promise<HandedOver> {
  if (message.forwardPaths.length === 1) {
    return await handOver(
      { ...message, content: Readable.from(content, { objectMode: false }) },
      server,
    );
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return await handOverToAll({ ...message, pieces }, server);
}
