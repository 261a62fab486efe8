// The simulator of Entra and Graph as a process of its own, which counts and checks what it was given to send.
import { setTimeout as delay } from 'node:timers/promises';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import type { RecordedRequest } from '../../src/sandbox/journal.ts';
import { answerParent } from '../children.ts';
import { auditRequests, auditUploads } from './audit.ts';
import type { Audit, Simulator, SimulatorEndpoints, SimulatorOptions } from './protocol.ts';

const pollMs = 20;

/** The sandbox's own limits for a mailbox are those of Graph, and stay; that of requests would end a long benchmark. */
const limits = { requestsPer10Minutes: 10_000_000 };

let sandbox: Sandbox;
let takesUploads = false;
/** Of messages that came by draft. */
const keptBytes = 2_000_000_000;
/** Where in the sandbox's record of requests the last `mark` is. */
let marked = 0;

answerParent<Simulator>({
  start,
  mark: async () => {
    marked = sandbox.requests.length;
  },
  sent,
  audit,
});

async function audit(ask: { readonly batch: string; readonly count: number }): Promise<Audit> {
  const { mailbox, violations } = sandbox;
  if (takesUploads) return await auditUploads(sent202(), { ...ask, violations, mailbox });
  return auditRequests(sent202(), { ...ask, violations });
}

async function start(options: SimulatorOptions): Promise<SimulatorEndpoints> {
  takesUploads = options.uploads;
  sandbox = await createSandbox({
    // With fractions: to the millisecond, many requests would begin and end at once.
    now: () => performance.timeOrigin + performance.now(),
    limits,
    keepMessages: options.uploads ? 1_000 : 1,
    keepBytes: keptBytes,
    keepRequests: options.requests,
    keepBodies: !options.uploads,
  });
  pauseMailboxes(options);
  delayAnswers(options);
  const { authority, graph, ca, tenant, clientId, clientSecret } = sandbox;
  return { authority, graph, ca, tenant, clientId, clientSecret };
}

function pauseMailboxes({ pausedPrefix }: SimulatorOptions): void {
  if (pausedPrefix === '') return;
  const body = JSON.stringify({
    error: { code: 'TooManyRequests', message: 'Please retry again later.' },
  });
  const headers = { 'content-type': 'application/json', 'retry-after': '3600' };
  sandbox.faults.next(
    { status: 429, headers, body },
    { times: Infinity, match: ({ path }) => path.startsWith(`/v1.0/users/${pausedPrefix}`) },
  );
}

function delayAnswers({ latencyMs }: SimulatorOptions): void {
  if (latencyMs === 0) return;
  sandbox.faults.next({ delayMs: latencyMs }, { times: Infinity, match: isSendMail });
}

function isSendMail({ path }: RecordedRequest): boolean {
  return path.endsWith('/sendMail') || path.endsWith('/send');
}

function sent202(): readonly RecordedRequest[] {
  return sandbox.requests
    .slice(marked)
    .filter((request) => isSendMail(request) && request.status === 202);
}

async function sent(ask: { count: number; patienceMs: number }): Promise<{ count: number }> {
  let last = 0;
  let lastChangeAt = performance.now();
  for (;;) {
    const { count, open } = countSent();
    if (count >= ask.count && open === 0) return { count };
    if (count !== last) lastChangeAt = performance.now();
    last = count;
    if (performance.now() - lastChangeAt > ask.patienceMs) return { count };
    await delay(pollMs);
  }
}

function countSent(): { count: number; open: number } {
  let [count, open] = [0, 0];
  for (let at = marked; at < sandbox.requests.length; at += 1) {
    const request = sandbox.requests[at];
    if (request === undefined || !isSendMail(request)) continue;
    if (request.endedAt === undefined) open += 1;
    else if (request.status === 202) count += 1;
  }
  return { count, open };
}
