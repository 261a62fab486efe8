// The hosts that connections to Microsoft Graph need, and what a harmless question to each comes to.
import { lookup } from 'node:dns/promises';
import type { GraphConnectionConfig } from './config/config.ts';
import { systemClock } from './gateway-clock.ts';
import { troubleOf } from './gateway-doctor-graph.ts';
import type { GatewayOptions } from './gateway.ts';
import type { GraphAgent } from './graph/agent.ts';
import { startDeadline } from './graph/deadline.ts';
import { exchange } from './graph/exchange.ts';
import { outcomeOfNoAnswer } from './graph/outcome.ts';
import type { HostAnswer, HostProbe } from './setup/doctor-network.ts';

interface HostOptions extends Pick<GatewayOptions, 'env'> {
  readonly agent: GraphAgent;
}

/** One for each host that mail of the connections needs. */
export function hostsOf(
  graphs: readonly GraphConnectionConfig[],
  options: HostOptions,
): readonly HostProbe[] {
  const hosts = graphs.flatMap(({ cloud, tenant, credential, largeMessages }) => {
    const { authority, graph } = cloud;
    const discovery = `${authority}/${encodeURIComponent(tenant)}/v2.0/.well-known/openid-configuration`;
    const isGlobal = graph === 'https://graph.microsoft.com';
    return [
      ...(credential.kind === 'managedIdentity' ? [] : [{ url: discovery, what: 'Entra' }]),
      { url: `${graph}/v1.0/me`, what: 'Microsoft Graph' },
      // Where upload sessions go: firewalls that know Graph alone keep large messages back.
      ...(largeMessages && isGlobal
        ? [{ url: 'https://outlook.office.com/', what: 'Outlook' }]
        : []),
    ];
  });
  const byOrigin = new Map(hosts.map((host) => [new URL(host.url).origin, host]));
  return [...byOrigin.values()].map((host) => hostProbe(host, options));
}

function hostProbe(
  { url, what }: { readonly url: string; readonly what: string },
  { agent, env }: HostOptions,
): HostProbe {
  const { hostname, host } = new URL(url);
  const proxy = proxyFor(hostname, env);
  return {
    host,
    what,
    ...(proxy !== undefined && { proxy }),
    lookUp: async () =>
      (await lookup(hostname.replaceAll(/[[\]]/g, ''), { all: true })).map(
        ({ address }) => address,
      ),
    ask: ({ signal }) => askHost({ url, what }, { agent, signal }),
  };
}

const hostDeadlineMs = 10_000;

async function askHost(
  { url, what }: { readonly url: string; readonly what: string },
  { agent, signal }: { readonly agent: GraphAgent; readonly signal: AbortSignal },
): Promise<HostAnswer> {
  using deadline = startDeadline({ clock: systemClock, deadlineMs: hostDeadlineMs, signal });
  const result = await exchange({ method: 'GET', url, headers: {} }, { agent, deadline });
  if (result.kind === 'answer') {
    const date = Date.parse(result.headers['date'] ?? '');
    return { kind: 'answer', status: result.status, ...(!Number.isNaN(date) && { date }) };
  }
  // A GET has no body, so it is always whole: what is asked is why there was no answer.
  const outcome = outcomeOfNoAnswer({ ...result, whole: false });
  const {
    problem,
    remedy = 'look at the network of this machine',
    code = result.code,
  } = troubleOf(outcome);
  const ours = (text: string) =>
    text.replaceAll('Microsoft Graph', what).replaceAll('of Graph', `of ${what}`);
  const fix = ours(remedy);
  return {
    kind: 'trouble',
    code,
    problem: ours(problem),
    remedy: fix.charAt(0).toUpperCase() + fix.slice(1),
  };
}

/** Its host and port alone: the rest may hold a password. Exceptions are told as undici makes them, by name. */
function proxyFor(hostname: string, env: HostOptions['env']): string | undefined {
  const text = env['https_proxy'] || env['HTTPS_PROXY'];
  if (!text) return undefined;
  const exceptions = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter(Boolean);
  const isExcepted = exceptions.some((name) => {
    const bare = name.replace(/^\*?\.?/, '').replace(/:\d+$/, '');
    return name === '*' || hostname === bare || hostname.endsWith(`.${bare}`);
  });
  if (isExcepted) return undefined;
  return URL.parse(text.includes('://') ? text : `http://${text}`)?.host;
}
