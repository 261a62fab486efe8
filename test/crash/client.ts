// SMTP clients that never give up: they connect again when the gateway dies, and remember what each message came to.
import { connectRaw, type RawClient } from '../dialogs/raw-client.ts';
import { createMail, type Mail, type Transaction } from './mail.ts';
import type { Random } from './random.ts';

/** What a client has just done. */
export type ClientStep = 'inBody' | 'afterDot' | 'after250';

export interface SentMail {
  readonly mail: Mail;
  readonly transaction: Transaction;
}

export interface ClientOptions {
  readonly port: number;
  /** Of this run, unique among its clients. */
  readonly name: string;
  readonly random: Random;
  readonly onStep: (step: ClientStep) => void;
  readonly onSent: (sent: SentMail) => void;
  readonly signal: AbortSignal;
}

/** Before another connection, and after a no. */
const pauseMs = 20;
const messagesPerConnection = 20;

/** Sends one message after the other until `signal` is aborted. A message without a 250 is not sent again: the next one is. */
export async function keepSending(options: ClientOptions): Promise<void> {
  let number = 0;
  while (!options.signal.aborted) {
    using client = await greet(options.port);
    if (client === undefined) await pause();
    for (let left = messagesPerConnection; client && left > 0 && !options.signal.aborted; left--) {
      number += 1;
      const mail = createMail(`${options.name}-${number}`, options.random);
      const transaction = await handOver(mail, client, options.onStep);
      options.onSent({ mail, transaction });
      if (transaction === 'unfinished' || transaction === 'unanswered') break;
      if (transaction === 'refused') await pause();
    }
  }
}

/** Undefined: nobody is there. */
async function greet(port: number): Promise<RawClient | undefined> {
  try {
    const client = await connectRaw({ host: '127.0.0.1', port });
    const greeting = await client.read();
    const reply = greeting === undefined ? undefined : await client.say('EHLO client.example');
    if (reply?.startsWith('250')) return client;
    client[Symbol.dispose]();
  } catch {
    return undefined;
  }
  return undefined;
}

async function handOver(
  mail: Mail,
  client: RawClient,
  onStep: (step: ClientStep) => void,
): Promise<Transaction> {
  const commands = [
    `MAIL FROM:<${mail.sender}>`,
    ...mail.recipients.map((recipient) => `RCPT TO:<${recipient}>`),
    'DATA',
  ];
  for (const command of commands) {
    const reply = await client.say(command);
    if (reply === undefined) return 'unfinished';
    if (!/^[23]/.test(reply)) {
      await client.say('RSET');
      return 'refused';
    }
  }
  const middle = Math.floor(mail.text.length / 2);
  await client.write(mail.text.slice(0, middle));
  onStep('inBody');
  await client.write(`${mail.text.slice(middle)}.\r\n`);
  onStep('afterDot');
  const reply = await client.read();
  if (reply === undefined) return 'unanswered';
  if (!reply.startsWith('250')) return 'refused';
  onStep('after250');
  return 'accepted';
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}
