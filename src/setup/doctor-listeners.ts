// The listeners: whether their ports are bound, by whom, and how clients will see their certificates.
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { ListenerConfig } from '../config/config.ts';
import { viewCertificate } from '../config/certificate-view.ts';
import { findingsOf, type Check, type Finding } from './doctor-check.ts';
import { processAt } from './port-owner.ts';

export interface ListenerCheckOptions {
  /** Of the gateway: what its greeting begins with. */
  readonly hostname: string;
  readonly now: () => number;
}

export function listenerCheck(listener: ListenerConfig, options: ListenerCheckOptions): Check {
  return {
    name: 'listener',
    of: listener.name,
    async run({ signal }) {
      const port = await examinePort(listener, { ...options, signal });
      return [port, ...(await examineTls(listener, options))];
    },
  };
}

async function examinePort(
  { name, host, port, tls, proxies }: ListenerConfig,
  { hostname, signal }: ListenerCheckOptions & { readonly signal: AbortSignal },
): Promise<Finding> {
  const { ok, warning, failure } = findingsOf('listener', name);
  const place = `${host}:${port}`;
  const trouble = await tryToBind(host, port);
  if (trouble === undefined)
    return warning(`Nothing listens at ${place}: the gateway does not run`);
  if (trouble !== 'EADDRINUSE') {
    return failure(`Nobody can listen at ${place}`, { code: trouble, fix: fixOf(trouble) });
  }
  // Who wants TLS or a PROXY header first greets nobody.
  if (tls?.mode === 'implicit' || proxies) return ok(`${place} is bound`);
  const greeting = await greetingOf(reachable(host), port, signal);
  if (greeting.startsWith(`220 ${hostname} `)) return ok(`The gateway answers at ${place}`);
  const owner = await processAt(port);
  const who = owner === undefined ? 'Another program' : `The process ${owner}`;
  return failure(`${who} listens at ${place}: ${greeting || 'it gives no greeting'}`, {
    fix: 'Stop it, or give the listener another address',
  });
}

/** The system's code where it does not go. */
async function tryToBind(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  } finally {
    if (server.listening) server.close();
  }
}

function fixOf(code: string): string {
  if (code === 'EACCES') {
    return 'Ports below 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit, or take 2525';
  }
  if (code === 'EADDRNOTAVAIL') return 'Take an address of this machine, or 0.0.0.0 for all';
  return 'Give the listener another address';
}

const greetingMs = 3_000;

/** Its first line; '' when none comes. */
async function greetingOf(host: string, port: number, signal: AbortSignal): Promise<string> {
  const socket = connect({ host, port });
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(greetingMs)]);
    const [bytes]: unknown[] = await once(socket, 'data', { signal: patience });
    return String(bytes).split('\r\n')[0]?.slice(0, 200) ?? '';
  } catch {
    return '';
  } finally {
    socket.destroy();
  }
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

async function examineTls(
  { name, tls, loginWithoutTls, host }: ListenerConfig,
  { hostname, now }: ListenerCheckOptions,
): Promise<readonly Finding[]> {
  const { ok, warning, failure } = findingsOf('certificate', name);
  if (!tls) {
    const isHere = host === 'localhost' || host === '::1' || host.startsWith('127.');
    if (isHere) return [];
    const passwords = loginWithoutTls ? ', and passwords travel in clear (loginWithoutTls)' : '';
    return [warning(`Mail comes in without TLS${passwords}`, { fix: 'Give it a certificate' })];
  }
  const [certPem, keyPem] = await Promise.all([readText(tls.certFile), readText(tls.keyFile)]);
  const { expiresAt, troubles } = viewCertificate({ certPem, keyPem, hostname, now: now() });
  const day = expiresAt === undefined ? '' : new Date(expiresAt).toISOString().slice(0, 10);
  const good = ok(`The certificate is good for "${hostname}" until ${day}`);
  const found = troubles.map(({ severity, text, fix }) =>
    severity === 'failure' ? failure(text, { fix }) : warning(text, { fix }),
  );
  return [...(found.length === 0 ? [good] : found), ...oldTls(name, tls.minVersion)];
}

function oldTls(name: string, minVersion: string): readonly Finding[] {
  if (minVersion === 'TLSv1.2') return [];
  const { ok, warning } = findingsOf('tlsVersion', name);
  return minVersion === 'TLSv1.3'
    ? [ok('Only TLS 1.3: devices and apps older than about 2019 cannot connect')]
    : [warning(`${minVersion} is allowed, for old devices: it protects little (minTls)`)];
}

/** '' for what cannot be read: that it has nothing in it is said then. */
async function readText(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch(() => '');
}
