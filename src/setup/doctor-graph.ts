// What a connection to Microsoft Graph may do, asked by calls that send nothing and keep nothing.
import type { Address } from '../core/address.ts';
import { daysUntil, findingsOf, type Check, type Finding, type Says } from './doctor-check.ts';

/** Trouble, as the one table of answers explains it. */
export interface ExplainedTrouble {
  readonly kind: 'trouble';
  /** It may be gone by itself, and says nothing of rights. */
  readonly isPassing: boolean;
  readonly problem: string;
  readonly remedy?: string;
  readonly code?: string;
  readonly detail?: string;
}

/** A credential, token or permission is there, or why not. */
export type Probed = { readonly kind: 'allowed' } | ExplainedTrouble;

export interface GraphProbe {
  /** Name of the connection. */
  readonly name: string;
  /** Epoch ms of the end of its credential; `untold`: it has one that nobody told. */
  readonly credentialEnd: number | 'untold' | 'unreadable' | 'none';
  /** `graphpost renew` can replace it, as long as it is good. */
  readonly isRenewable: boolean;
  readonly needsLargeMessages: boolean;
  token(): Promise<{ readonly kind: 'token'; readonly expiresAt: number } | ExplainedTrouble>;
  /** A sendMail without recipients; Exchange looks at who asks, and who it is from, before it refuses that. */
  send(mailbox: Address, options: ProbeOptions & { readonly from?: Address }): Promise<Probed>;
  /** A draft that is not there is to be deleted: only who may write mail is told that it is not. */
  write(mailbox: Address, options: ProbeOptions): Promise<Probed>;
}

interface ProbeOptions {
  readonly signal: AbortSignal;
}

/** Which mailboxes a connection sends from, and as whom, as far as the configuration tells. */
export interface SendPair {
  readonly mailbox: Address;
  /** Where it is another than the mailbox. */
  readonly from?: Address;
}

export interface GraphCheckOptions {
  readonly pairs: readonly SendPair[];
  readonly now: number;
}

export function credentialCheck(probe: GraphProbe, { now }: GraphCheckOptions): Check {
  const { name } = probe;
  return { name: 'credential', of: name, run: () => Promise.resolve([examineEnd(probe, now)]) };
}

function examineEnd({ name, credentialEnd: end, isRenewable }: GraphProbe, now: number): Finding {
  const { ok, warning, failure } = findingsOf('credential', name);
  const fix = 'Make a new one in Entra, and put it in its place';
  switch (end) {
    case 'none':
      return ok('It has no end of its own');
    case 'untold':
      return ok('A secret; when it ends is not known (credential.expires)');
    case 'unreadable':
      return failure('The certificate cannot be read', {
        fix: 'Look at its file and its passphrase (credential.certificate)',
      });
  }
  const day = new Date(end).toISOString().slice(0, 10);
  if (end <= now) return failure(`It ended on ${day}`, { fix });
  const days = daysUntil(end, now);
  return days < 30
    ? warning(`It ends on ${day}, in ${days} days`, {
        fix: isRenewable ? `graphpost renew ${name}` : fix,
      })
    : ok(`It ends on ${day}`);
}

/** Permissions are asked for once there is a token: without one, every answer would say the same. */
export function permissionCheck(probe: GraphProbe, options: GraphCheckOptions): Check {
  return {
    name: 'token',
    of: probe.name,
    isRemote: true,
    async run({ signal }) {
      const say = findingsOf('token', probe.name);
      const token = await probe.token();
      if (token.kind === 'trouble') return [troubleFinding(token, say)];
      const minutes = Math.round((token.expiresAt - options.now) / 60_000);
      const permissions = await examineMailboxes(probe, { ...options, signal });
      return [say.ok(`Entra gives one, for ${minutes} minutes`), ...permissions];
    },
  };
}

async function examineMailboxes(
  probe: GraphProbe,
  { pairs, signal }: GraphCheckOptions & ProbeOptions,
): Promise<readonly Finding[]> {
  if (pairs.length === 0) return [noMailbox(probe)];
  const findings: Finding[] = [];
  // One after the other: a mailbox takes four requests at a time, and mail goes on.
  for (const mailbox of new Set(pairs.map((pair) => pair.mailbox))) {
    const allowed = await examineSend(probe, { mailbox, signal });
    findings.push(allowed);
    if (allowed.state !== 'ok') continue;
    for (const { from } of pairs.filter((pair) => pair.mailbox === mailbox)) {
      if (from !== undefined) findings.push(await examineSendAs(probe, { mailbox, from, signal }));
    }
    if (probe.needsLargeMessages) findings.push(await examineWrite(probe, { mailbox, signal }));
  }
  return findings;
}

function noMailbox({ name }: GraphProbe): Finding {
  return findingsOf('permission', name).warning(
    'No mailbox was tried: it sends as whoever a message is from',
    { fix: 'Name one: graphpost doctor --mailbox someone@example.com' },
  );
}

interface Mailboxed extends ProbeOptions {
  readonly mailbox: Address;
}

async function examineSend(probe: GraphProbe, { mailbox, signal }: Mailboxed): Promise<Finding> {
  const say = findingsOf('permission', `${probe.name}, ${mailbox}`);
  const probed = await probe.send(mailbox, { signal });
  if (probed.kind === 'trouble') return troubleFinding(probed, say);
  return say.ok('It may send from this mailbox');
}

/** Exchange looks again when a message leaves: only a refusal is proof. */
async function examineSendAs(
  probe: GraphProbe,
  { mailbox, from, signal }: Mailboxed & { readonly from: Address },
): Promise<Finding> {
  const say = findingsOf('sendAs', `${probe.name}, ${mailbox} as ${from}`);
  const probed = await probe.send(mailbox, { from, signal });
  if (probed.kind === 'trouble') return troubleFinding(probed, say);
  return say.ok('It is not refused to send as this address; "graphpost send-test" proves it');
}

async function examineWrite(probe: GraphProbe, { mailbox, signal }: Mailboxed): Promise<Finding> {
  const say = findingsOf('largeMessages', `${probe.name}, ${mailbox}`);
  const probed = await probe.write(mailbox, { signal });
  if (probed.kind === 'trouble') return troubleFinding(probed, say);
  return say.ok('It may send large messages');
}

/** What passes by itself is no failure. */
export function troubleFinding(
  trouble: ExplainedTrouble,
  { warning, failure }: Pick<Says, 'warning' | 'failure'>,
): Finding {
  return (trouble.isPassing ? warning : failure)(trouble.problem, moreOf(trouble));
}

function moreOf({ remedy, code, detail }: ExplainedTrouble) {
  return {
    ...(remedy !== undefined && { fix: sentenceOf(remedy) }),
    ...(code !== undefined && { code }),
    ...(detail !== undefined && { detail }),
  };
}

/** A command stays as it is typed. */
function sentenceOf(remedy: string): string {
  return remedy.startsWith('graphpost ')
    ? remedy
    : remedy.charAt(0).toUpperCase() + remedy.slice(1);
}
