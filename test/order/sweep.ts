// Dies, or lets the disk fail, at one single system call of a message's way, and looks what is left of the promises.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { handOverOne } from '../crash/hand-over.ts';
import { impatientQueue, untilEmpty } from '../crash/queue.ts';
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';
import { attachStrace } from './strace.ts';

export interface Strike {
  /** A system call, such as `pwrite64`. */
  readonly call: string;
  /** The how manyeth of one thread, from 1. */
  readonly occurrence: number;
  readonly what: 'KILL' | 'EIO' | 'ENOSPC';
}

export interface StrikeResult {
  /** False: the message had gone its way before there were so many such calls. */
  readonly isHit: boolean;
  /** To the dot; undefined when the connection broke. */
  readonly reply: string | undefined;
  /** Copies at the service once the gateway, started again where it had died, has nothing left to send. */
  readonly copies: number;
  /** What of the promises was broken. */
  readonly broken: readonly string[];
}

/** A gateway that takes one strike after the other. */
export interface SweepRig extends AsyncDisposable {
  strike(strike: Strike): Promise<StrikeResult>;
}

const changes = { queue: impatientQueue('sqlite:graphpost.db') };
/** What is left must be gone within this time. */
const drainMs = 60_000;

export async function startSweepRig(): Promise<SweepRig> {
  const stack = new AsyncDisposableStack();
  const sandbox = stack.use(await createSandbox({ now: Date.now, keepMessages: Infinity }));
  const gateway = stack.use(await createGatewayProcess(sandbox, { changes }));
  await gateway.start();
  let number = 0;
  return {
    async strike(strike) {
      number += 1;
      const id = `message ${number}`;
      const { reply, isHit } = await sendUnder(strike, { id, gateway, sandbox });
      // Also where only the disk had failed: what was refused must not come back with the next start.
      await gateway.stop('SIGKILL');
      await gateway.start();
      await untilEmpty(gateway, { withinMs: drainMs });
      const copies = copiesOf(id, sandbox);
      return { isHit, reply, copies, broken: judge(reply, copies) };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

interface Sending {
  readonly id: string;
  readonly gateway: GatewayProcess;
  readonly sandbox: Sandbox;
}

async function sendUnder(
  { call, occurrence, what }: Strike,
  { id, gateway, sandbox }: Sending,
): Promise<{ readonly reply: string | undefined; readonly isHit: boolean }> {
  const log = join(gateway.folder, 'strace.log');
  const fault = what === 'KILL' ? 'signal=KILL' : `error=${what}`;
  const inject = `inject=${call}:${fault}:when=${occurrence}`;
  const strace = await attachStrace(gateway.pid(), [
    '-e',
    `trace=${call}`,
    '-e',
    inject,
    '-o',
    log,
  ]);
  let hasDied = false;
  const death = gateway.ended().then(() => (hasDied = true));
  const logged = gateway.output().length;
  const reply = await handOverOne({ port: gateway.smtpPort, sender: 'app@contoso.com', id });
  const isRefused = reply !== undefined && !reply.startsWith('250');
  const isRecorded = () => gateway.output().slice(logged).includes('"event":"delivery.attempted"');
  await Promise.race([
    death,
    until(() => hasDied || isRefused || (isRecorded() && copiesOf(id, sandbox) > 0)),
  ]);
  await strace.detach();
  return { reply, isHit: hasDied || (await readFile(log, 'utf8')).includes('(INJECTED)') };
}

function copiesOf(id: string, { mailbox }: Sandbox): number {
  return mailbox.list().filter(({ subject }) => subject === id).length;
}

function judge(reply: string | undefined, copies: number): readonly string[] {
  if (reply === undefined) return copies <= 1 ? [] : [`No reply, and ${copies} copies`];
  if (reply.startsWith('250')) return copies === 1 ? [] : [`"${reply}", and ${copies} copies`];
  const isHonest = /^45[12] /.test(reply) && copies === 0;
  return isHonest ? [] : [`"${reply}", and ${copies} copies`];
}
