// Compares the requests that the simulator answered with the messages of a batch: each once, unchanged, from its mailbox.
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import type { SandboxMailbox } from '../../src/relay/ports.ts';
import { readAttached, readMessage, type ReceivedMessage } from '../load/message.ts';
import type { Audit } from './protocol.ts';

export interface AuditOptions {
  readonly batch: string;
  readonly count: number;
  readonly violations: readonly string[];
}

const keptExamples = 5;

export function auditRequests(requests: readonly RecordedRequest[], options: AuditOptions): Audit {
  return audit(requests, { ...options, received: requests.map(readRequest) });
}

/** The same for messages that came by draft, whose requests do not have them whole. */
export async function auditUploads(
  requests: readonly RecordedRequest[],
  options: AuditOptions & { readonly mailbox: SandboxMailbox },
): Promise<Audit> {
  const received: ReceivedMessage[] = [];
  // Those since the mark are the newest.
  for (const { id } of options.mailbox.list().slice(0, requests.length)) {
    const message = await options.mailbox.get(id);
    if (message === undefined) continue;
    const fileHash = message.attachments[0]?.sha256 ?? '';
    received.push(readAttached(Buffer.from(message.raw), { mailbox: message.sendAs, fileHash }));
  }
  return audit(requests, { ...options, received });
}

function audit(
  requests: readonly RecordedRequest[],
  options: AuditOptions & { readonly received: readonly ReceivedMessage[] },
): Audit {
  const times = new Uint8Array(options.count);
  const wrong: string[] = [];
  let strays = 0;
  for (const { identity, fault } of options.received) {
    if (identity?.batch !== options.batch) strays += 1;
    else times[identity.number] = Math.min(255, (times[identity.number] ?? 0) + 1);
    if (fault !== undefined)
      wrong.push(`Message ${identity?.number ?? 'of unknown number'}: ${fault}`);
  }
  return {
    delivered: times.filter((each) => each > 0).length,
    times,
    duplicates: times.reduce((sum, each) => sum + Math.max(0, each - 1), 0),
    wrong: wrong.length,
    strays,
    lastAt: requests.reduce((last, { endedAt = 0 }) => Math.max(last, endedAt), 0),
    maxInFlight: maxInFlight(requests),
    violations: options.violations.length,
    examples: [...wrong.slice(0, keptExamples), ...options.violations.slice(0, keptExamples)],
  };
}

function readRequest(request: RecordedRequest): ReceivedMessage {
  const raw = Buffer.from(Buffer.from(request.body ?? []).toString('latin1'), 'base64');
  return readMessage(raw, { mailbox: mailboxOf(request) });
}

function mailboxOf({ path }: RecordedRequest): string {
  return decodeURIComponent(path.split('/')[3] ?? '');
}

/** The most requests of one mailbox that were under way at the same time. */
function maxInFlight(requests: readonly RecordedRequest[]): number {
  const byMailbox = Map.groupBy(requests, mailboxOf);
  return Math.max(0, ...[...byMailbox.values()].map(mostAtOnce));
}

function mostAtOnce(requests: readonly RecordedRequest[]): number {
  const changes = requests.flatMap(({ startedAt, endedAt = Infinity }) => [
    { at: startedAt, by: 1 },
    { at: endedAt, by: -1 },
  ]);
  // What ends at the moment at which another begins makes room for it.
  changes.sort((a, b) => a.at - b.at || a.by - b.by);
  let [now, most] = [0, 0];
  for (const { by } of changes) most = Math.max(most, (now += by));
  return most;
}
