// `graphpost send-test`: sends a test e-mail, follows it to its end, and says each step of its way.
import { setTimeout as delay } from 'node:timers/promises';
import type { TestMailQuestion } from '../core/test-mail.ts';
import { systemClock } from '../gateway-clock.ts';
import { testBySmtp } from '../gateway-test-smtp.ts';
import { openOfflineTester, type OfflineTester } from '../gateway-test-offline.ts';
import { readTestQuestion, toReportJson } from '../http/test-api.ts';
import type { TestMailReportJson, TestMailRequestJson } from '../http/schema/test-mail.ts';
import { loadOrReport, type LoadedConfig } from './loaded-config.ts';
import { passwordVariable } from './password-variable.ts';
import { ApiProblem, QueueApi } from './queue-api.ts';
import { openGatewayLink } from './queue-link.ts';
import { fail, usage, writeJson, type QueueIo } from './queue.ts';
import { showProgress } from './terminal.ts';

export interface SendTestOptions {
  readonly to: readonly string[];
  readonly connection?: string;
  readonly listener?: string;
  readonly username?: string;
  readonly from?: string;
  readonly html?: boolean;
  /** How long the end is waited for. */
  readonly timeoutMs: number;
  readonly config?: string;
  readonly json?: boolean;
  readonly version: string;
}

/** Exit code 0: delivered; 1: not, or not yet; 2: usage, configuration or token; 4: the gateway is not reachable. */
export async function runSendTest(options: SendTestOptions, io: QueueIo): Promise<number> {
  const loaded = loadOrReport(options.config, io);
  if (!loaded) return 2;
  if (options.username !== undefined && !io.env[passwordVariable]) {
    return usage(`Put the password of "${options.username}" into ${passwordVariable}`, io);
  }
  const request = toRequest(options, io);
  const question = readTestQuestion(request);
  if ('fault' in question) return usage(question.fault, io);
  try {
    return question.way.kind === 'smtp'
      ? await testListener(question, { options, io, loaded })
      : await testConnection(question, { options, io, loaded, request });
  } catch (error) {
    return fail(error, io);
  }
}

function toRequest(options: SendTestOptions, { env }: QueueIo): TestMailRequestJson {
  const { to, connection, listener, username, from, html } = options;
  const password = env[passwordVariable];
  return {
    to,
    ...(connection !== undefined && { connection }),
    ...(listener !== undefined && { listener }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(from !== undefined && { from }),
    format: html === true ? 'html' : 'plain',
  };
}

interface Run {
  readonly options: SendTestOptions;
  readonly io: QueueIo;
  readonly loaded: LoadedConfig;
}

/** By the gateway that runs, which keeps to the pace of its lanes; else from here, over the same connection. */
async function testConnection(
  question: TestMailQuestion,
  { request, ...run }: Run & { readonly request: TestMailRequestJson },
): Promise<number> {
  const { options, io, loaded } = run;
  const { version } = options;
  await using link = await openGatewayLink({ ...loaded, version });
  if (link) {
    const api = new QueueApi(link.ask);
    const telling = new Telling(run);
    return await follow(await api.test(request), { telling, api, ...run });
  }
  io.stderr.write('No gateway answers: the connection is used from here, and nothing is queued\n');
  await using tester = await openOfflineTester({ ...loaded, version, env: io.env });
  return await sendHere(question, tester, run);
}

/** Spoken from here, as an app on this machine would. What becomes of it then, the gateway tells. */
async function testListener(question: TestMailQuestion, run: Run): Promise<number> {
  const { options, io, loaded } = run;
  const { config } = loaded;
  const parts = { clock: systemClock, config: () => config, listeners: config.listeners };
  const sent = await testBySmtp(question, parts);
  if ('fault' in sent) return usage(sent.fault, io);
  const telling = new Telling(run);
  const report = toReportJson(sent);
  if (isAway(report)) return Math.max(telling.end(report), 4);
  if (report.state !== 'underWay' || report.id === undefined) return telling.end(report);
  telling.tell(report);
  await using link = await openGatewayLink({ ...loaded, version: options.version });
  if (!link) {
    io.stderr.write(
      'The listener has it. What becomes of it cannot be seen: there is no admin server (http.admin)\n',
    );
    return telling.end(report);
  }
  return await follow(report, { telling, api: new QueueApi(link.ask), ...run });
}

/** Nobody listens there. */
function isAway({ error }: TestMailReportJson): boolean {
  return /ECONNREFUSED|EHOSTUNREACH|ETIMEDOUT/.test(error?.raw ?? '');
}

async function sendHere(
  question: TestMailQuestion,
  tester: OfflineTester,
  run: Run,
): Promise<number> {
  const sent = await tester.send(question);
  if ('fault' in sent) return usage(sent.fault, run.io);
  return new Telling(run).end(toReportJson(sent));
}

const pollMs = 250;

async function follow(
  first: TestMailReportJson,
  { telling, api, options, io }: Run & { readonly telling: Telling; readonly api: QueueApi },
): Promise<number> {
  const until = io.now() + options.timeoutMs;
  const handed = first.steps;
  let report = first;
  while (report.state === 'underWay' && report.id !== undefined && io.now() < until) {
    telling.tell(report);
    showProgress(io, 'Waiting for the outcome …');
    await delay(pollMs);
    const looked = await lookFor(report.id, api);
    // What was said to the listener comes before what the store tells.
    const isStored = handed.some(({ what }) => what.startsWith('Queued as '));
    report = isStored ? looked : { ...looked, steps: [...handed, ...looked.steps] };
  }
  showProgress(io, '');
  return telling.end(report);
}

async function lookFor(id: string, api: QueueApi): Promise<TestMailReportJson> {
  try {
    return await api.testOf(id);
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.status !== 404) throw error;
    const explained =
      'The gateway took it and keeps nothing of it: a rule drops such mail ("graphpost explain" says which)';
    return { state: 'undelivered', id, steps: [], error: { explained } };
  }
}

/** Says each step once, as it comes; with --json the whole at the end. */
class Telling {
  readonly #run: Run;
  #told = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  tell({ steps }: TestMailReportJson): void {
    const { io, options } = this.#run;
    if (options.json) return;
    for (const { time, what } of steps.slice(this.#told)) {
      showProgress(io, '');
      io.stdout.write(`${time.slice(11, 19)}  ${what}\n`);
    }
    this.#told = Math.max(this.#told, steps.length);
  }

  /** Returns the exit code. */
  end(report: TestMailReportJson): number {
    const { io, options } = this.#run;
    this.tell(report);
    if (options.json) writeJson(report, io);
    else io.stdout.write(endOf(report));
    return report.state === 'delivered' ? 0 : 1;
  }
}

function endOf({ state, error, next, id }: TestMailReportJson): string {
  if (state === 'delivered') return 'Delivered: the next mail system has it, and answers for it\n';
  if (state === 'underWay') {
    const hint = id === undefined ? '' : `: graphpost why ${id}`;
    return `Not delivered yet${hint}\n`;
  }
  const lines = [
    `Not delivered: ${error?.explained ?? 'the gateway does not say why'}`,
    ...(error?.raw === undefined ? [] : [`The other side said: ${error.raw}`]),
    ...(next === undefined ? [] : [next]),
  ];
  return `${lines.join('\n')}\n`;
}
