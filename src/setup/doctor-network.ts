// The way to Microsoft: names, proxy, TLS, and whether its clock and ours agree.
import { findingsOf, type Check, type Finding } from './doctor-check.ts';

/** One host that mail needs, and what a harmless question to it came to. */
export interface HostProbe {
  readonly host: string;
  /** What it is, such as `Entra`. */
  readonly what: string;
  /** The proxy that stands before it, without its password; absent: none. */
  readonly proxy?: string;
  lookUp(): Promise<readonly string[]>;
  ask(options: { readonly signal: AbortSignal }): Promise<HostAnswer>;
}

export type HostAnswer =
  /** `date`: its own time, epoch ms. */
  | { readonly kind: 'answer'; readonly status: number; readonly date?: number }
  | {
      readonly kind: 'trouble';
      readonly problem: string;
      readonly remedy: string;
      readonly code: string;
    };

export interface NetworkOptions {
  readonly now: () => number;
}

export function networkCheck(probe: HostProbe, options: NetworkOptions): Check {
  return {
    name: 'network',
    of: probe.host,
    isRemote: true,
    async run({ signal }) {
      const named = probe.proxy === undefined ? await lookUp(probe) : throughProxy(probe);
      if (named.state === 'failure') return [named];
      const answer = await probe.ask({ signal });
      return [named, reach(answer, probe), ...clock(answer, { ...probe, ...options })];
    },
  };
}

async function lookUp(probe: HostProbe): Promise<Finding> {
  const { ok, failure } = findingsOf('dns', probe.host);
  try {
    const addresses = await probe.lookUp();
    return ok(`Its name leads to ${addresses.slice(0, 2).join(', ')}`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const fix = 'Let this machine ask a DNS server that knows it, or set HTTPS_PROXY';
    return failure('Its name is not found', { code, fix });
  }
}

/** The proxy looks the name up. */
function throughProxy({ host, proxy = '' }: HostProbe): Finding {
  return findingsOf('proxy', host).ok(`Asked by way of the proxy ${proxy} (HTTPS_PROXY)`);
}

/** Where there is a proxy, whatever did not come about was a connection to it. */
const noConnection =
  /^(ENOTFOUND|EAI_.*|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/;

function reach(answer: HostAnswer, { host, what, proxy }: HostProbe): Finding {
  const { ok, warning, failure } = findingsOf('tls', host);
  if (answer.kind === 'trouble') {
    const { problem, remedy: fix, code } = answer;
    if (proxy === undefined || !noConnection.test(code)) return failure(problem, { code, fix });
    const right = 'Check its host and port in HTTPS_PROXY, and that this machine may reach it';
    return failure(`The proxy ${proxy} does not answer`, { code, fix: right });
  }
  if (answer.status < 500) return ok(`${what} answers, and its certificate is trusted`);
  const fix = 'Wait, and look at the service health page of Microsoft 365';
  return warning(`${what} answers with trouble of its own`, { code: `HTTP ${answer.status}`, fix });
}

/** Entra takes proofs that are five minutes off, and no more. */
const mostOffMs = 300_000;
const noticedOffMs = 30_000;

function clock(
  answer: HostAnswer,
  { host, now }: Pick<HostProbe, 'host'> & NetworkOptions,
): readonly Finding[] {
  if (answer.kind === 'trouble' || answer.date === undefined) return [];
  const { ok, warning, failure } = findingsOf('clock', host);
  // The header has whole seconds.
  const offMs = now() - answer.date;
  const seconds = Math.round(Math.abs(offMs) / 1_000);
  const words = `The clock of this machine is ${seconds} seconds ${offMs < 0 ? 'behind' : 'ahead'}`;
  const fix = 'Let it follow a time server (timedatectl set-ntp true)';
  if (Math.abs(offMs) > mostOffMs) return [failure(`${words}: Entra refuses its proofs`, { fix })];
  if (Math.abs(offMs) > noticedOffMs) return [warning(words, { fix })];
  return [ok('The clocks agree')];
}
