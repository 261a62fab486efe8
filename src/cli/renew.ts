// `graphpost renew`: puts another certificate in the place of the one that proves an app.
import type { GraphConnectionConfig } from '../config/config.ts';
import { createAgent } from '../graph/agent.ts';
import { AppClient } from '../identity/app-client.ts';
import type { Clock } from '../relay/ports.ts';
import { AppDirectory } from '../setup/app-directory.ts';
import { AppRequests, DirectoryError } from '../setup/app-requests.ts';
import { CertificatePlace } from '../setup/certificate-place.ts';
import { renewCertificate, type Renewal, type RenewalParts } from '../setup/certificate-renewal.ts';
import { SetupFault } from '../setup/setup-fault.ts';
import { loadOrReport, type ConfigIo, type LoadedConfig } from './loaded-config.ts';
import { showProgress, type TerminalIo } from './terminal.ts';

export interface RenewOptions {
  readonly connection: string;
  readonly config?: string;
  readonly days: number;
  readonly applicationId?: string;
  readonly keyId?: string;
  readonly keepOld: boolean;
  readonly json: boolean;
}

export interface RenewIo extends ConfigIo, Pick<TerminalIo, 'stderr'> {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: TerminalIo['stderr'];
  readonly clock: Clock;
  /** Good randomness: `size` bytes. */
  readonly randomBytes: (size: number) => Buffer;
  /** PEM of an authority to trust besides; absent: none. */
  readonly ca?: string;
}

type CertificateConnection = GraphConnectionConfig & {
  readonly credential: Extract<GraphConnectionConfig['credential'], { kind: 'certificate' }>;
};

/** Returns the exit code: 0 renewed, 1 not, 2 for a wrong configuration or connection. */
export async function runRenew(options: RenewOptions, io: RenewIo): Promise<number> {
  const loaded = loadOrReport(options.config, io);
  const connection = loaded && findConnection(options.connection, { loaded, io });
  if (!connection) return 2;
  try {
    const renewal = await renew(connection, { options, loaded, io });
    showProgress(io, '');
    io.stdout.write(
      options.json ? toJson(connection.name, renewal) : describe(renewal, connection.name),
    );
    return 0;
  } catch (error) {
    showProgress(io, '');
    if (!isExpected(error)) throw error;
    if (options.json) io.stdout.write(`${JSON.stringify({ ok: false, error: error.message })}\n`);
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
}

async function renew(
  { name, cloud, tenant, clientId, credential }: CertificateConnection,
  {
    options,
    loaded,
    io,
  }: { readonly options: RenewOptions; readonly loaded: LoadedConfig; readonly io: RenewIo },
): Promise<Renewal> {
  const { env, ca, clock, randomBytes } = io;
  const { certFile, keyFile } = credential;
  const passphrase = loaded.secrets.passphrase(name);
  await using agent = createAgent({ env, connections: 4, ...(ca !== undefined && { ca }) });
  const requests = { graph: cloud.graph, dispatcher: agent, clock };
  const parts: RenewalParts = {
    clock,
    randomBytes,
    progress: (text) => showProgress(io, text),
    place: new CertificatePlace({
      certFile,
      keyFile,
      ...(passphrase !== undefined && { passphrase }),
    }),
    app: { tenant, clientId },
    requestToken: (app) => new AppClient({ ...app, ...cloud, dispatcher: agent, clock }).acquire(),
    directoryFor: (accessToken) => new AppDirectory(new AppRequests({ ...requests, accessToken })),
  };
  return await renewCertificate(parts, { ...options, keepsOld: options.keepOld });
}

/** Undefined where nothing can be renewed: that has been said then. */
function findConnection(
  name: string,
  { loaded, io }: { readonly loaded: LoadedConfig; readonly io: Pick<RenewIo, 'stderr'> },
): CertificateConnection | undefined {
  const connection = loaded.config.connections.get(name);
  if (connection?.type === 'graph' && hasCertificate(connection)) return connection;
  io.stderr.write(`The connection "${name}" ${whyNot(connection)}\n`);
  return undefined;
}

function hasCertificate(connection: GraphConnectionConfig): connection is CertificateConnection {
  return connection.credential.kind === 'certificate';
}

function whyNot(connection: ReturnType<LoadedConfig['config']['connections']['get']>): string {
  if (!connection) return 'does not exist';
  if (connection.type !== 'graph') return 'has no certificate of Microsoft Entra';
  switch (connection.credential.kind) {
    case 'secret':
      return 'has a secret, which an app cannot replace by itself: make another one in Entra (App registrations, Certificates & secrets), or let "graphpost setup" register a certificate';
    case 'pfx':
      return 'has its certificate in a file of PKCS #12, which is not rewritten: convert it to PEM (openssl pkcs12 -in app.pfx -nodes -out app.pem), and name that file under both cert and key';
    case 'federatedToken':
    case 'managedIdentity':
      return 'has nothing to renew: the platform renews its token';
    case 'none':
    case 'certificate':
      return 'has nothing to renew: its user signs in (graphpost login)';
  }
}

function isExpected(error: unknown): error is Error {
  const isOfSystem = error instanceof Error && 'syscall' in error;
  return error instanceof SetupFault || error instanceof DirectoryError || isOfSystem;
}

function describe({ kind, endsAt, old }: Renewal, name: string): string {
  const end = new Date(endsAt).toISOString().slice(0, 10);
  const what =
    kind === 'renewed' ? 'has another certificate' : 'has the certificate of an earlier run';
  const left = {
    removed: 'the old one is no longer registered',
    kept: 'the old one stays registered until the next run of renew',
    unknown: 'the old one stays registered until it ends, as its id is not known (--key-id)',
  }[old];
  return `The connection "${name}" ${what}, good until ${end}; ${left}\n`;
}

function toJson(connection: string, { kind, endsAt, old }: Renewal): string {
  const result = {
    ok: true,
    connection,
    result: kind,
    endsAt: new Date(endsAt).toISOString(),
    old,
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}
