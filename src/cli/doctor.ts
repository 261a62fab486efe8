// `graphpost doctor`: looks at everything that mail needs, says what is wrong, and mends what is safe to mend.
import { parseAddress, type Address } from '../core/address.ts';
import { findConfigFile, formatMissing } from '../config/find-config.ts';
import { loadConfig, type Loading } from '../config/load.ts';
import type { ConfigFault } from '../config/fault.ts';
import { createChecks, type DoctorOptions as ChecksOptions } from '../gateway-doctor.ts';
import { findingsOf, runChecks, type Finding } from '../setup/doctor-check.ts';
import { formatFindings, toFindingJson } from './doctor-text.ts';
import { usage, writeJson, type QueueIo } from './queue.ts';
import { showProgress } from './terminal.ts';

export interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Carries out what is safe. */
  readonly fix?: boolean;
  /** Asks nobody beyond this machine. */
  readonly offline?: boolean;
  /** To be tried beside those that the configuration names. */
  readonly mailbox?: readonly string[];
}

/** For each check: those of many mailboxes take several requests. */
const deadlineMs = 30_000;

/** Exit code 0: nothing has failed; 1: something has; 2: usage, or no configuration. */
export async function runDoctor(
  options: DoctorOptions,
  io: QueueIo,
  parts: Pick<ChecksOptions, 'resolver'> = {},
): Promise<number> {
  const mailboxes = (options.mailbox ?? []).map((text) => parseAddress(text) ?? text);
  const wrong = mailboxes.find((each) => !isAddress(each));
  if (wrong !== undefined) return usage(`"${wrong}" is no address`, io);
  const found = findConfigFile({ flag: options.config, env: io.env, cwd: io.cwd });
  if (found.kind === 'missing') return usage(formatMissing(found.places), io);
  const loading = loadConfig(found.file, { env: io.env });
  const own = configurationFindings(found.file, loading);
  const others =
    loading.kind === 'loaded'
      ? await examine(loading, { ...parts, options, io, mailboxes: mailboxes.filter(isAddress) })
      : [];
  const findings = await mend([...own, ...others], options);
  if (options.json) writeJson(toJson(findings), io);
  else io.stdout.write(formatFindings(findings, { isColoured: isColoured(io) }));
  return findings.some(({ state }) => state === 'failure') ? 1 : 0;
}

function isAddress(text: string): text is Address {
  return parseAddress(text) !== undefined;
}

function isColoured({ stdout, env }: QueueIo): boolean {
  return stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '';
}

function configurationFindings(file: string, loading: Loading): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('configuration', file);
  const more = ({ hint }: ConfigFault) => (hint === undefined ? {} : { fix: hint });
  const text = ({ line, key, message }: ConfigFault) =>
    `Line ${line}: ${key === '' ? '' : `${key}: `}${message}`;
  if (loading.kind === 'faulty')
    return loading.faults.map((each) => failure(text(each), more(each)));
  return [ok('It is valid'), ...loading.warnings.map((each) => warning(text(each), more(each)))];
}

async function examine(
  loaded: Extract<Loading, { kind: 'loaded' }>,
  {
    options,
    io,
    ...parts
  }: Pick<ChecksOptions, 'resolver' | 'mailboxes'> & {
    readonly options: DoctorOptions;
    readonly io: QueueIo;
  },
): Promise<readonly Finding[]> {
  await using stack = new AsyncDisposableStack();
  const checks = createChecks(
    { ...loaded, ...parts, readFiles: loaded.watchedFiles, env: io.env },
    stack,
  );
  const findings = await runChecks(checks, {
    deadlineMs,
    isOffline: options.offline === true,
    onProgress: (done, all) => showProgress(io, `${done} of ${all} checks done …`),
  });
  showProgress(io, '');
  return findings;
}

/** What was mended is said, and not wrong any more. */
async function mend(
  findings: readonly Finding[],
  { fix }: DoctorOptions,
): Promise<readonly Finding[]> {
  if (fix !== true) return findings;
  return await Promise.all(
    findings.map(async ({ repair, ...finding }): Promise<Finding> => {
      if (!repair || finding.state === 'ok') return finding;
      try {
        await repair();
        return { ...finding, state: 'ok', text: `${finding.text}: mended (${finding.fix ?? ''})` };
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { ...finding, state: 'failure', detail };
      }
    }),
  );
}

function toJson(findings: readonly Finding[]) {
  return {
    ok: findings.every(({ state }) => state !== 'failure'),
    findings: findings.map(toFindingJson),
  };
}
