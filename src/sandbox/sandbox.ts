// The sandbox: a strict stand-in for Microsoft Entra and Microsoft Graph on this machine, from which no mail goes out.
import { randomBytes as cryptoRandomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { SandboxMailbox } from '../relay/ports.ts';
import { createServerCertificate, type ServerCertificate } from './certificate.ts';
import { Directory } from './directory.ts';
import { Drafts } from './drafts.ts';
import { Entra } from './entra.ts';
import type { FederatedCredential } from './federated-issuers.ts';
import { Faults } from './faults.ts';
import { ForcedOutcomes } from './forced-outcomes.ts';
import { Graph } from './graph.ts';
import { Identifiers, type RandomBytes } from './identifiers.ts';
import { Journal, type RecordedRequest, type ServiceName } from './journal.ts';
import { defaultLimits, type SandboxLimits } from './limits.ts';
import {
  startManagedIdentityEndpoint,
  type ManagedIdentityEndpoint,
} from './managed-identity-endpoint.ts';
import type { Admit } from './request.ts';
import { SignIns } from './sign-ins.ts';
import { SentMessages } from './sent-messages.ts';
import { SandboxServer } from './server.ts';
import { SendAsGrants, type Permission, type Tenant } from './tenant.ts';
import { Lanes } from './throttle.ts';
import { Tokens } from './tokens.ts';
import { UploadHost } from './upload-host.ts';

export interface SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Port of Graph; Entra has the next one, the upload host the one after. Default 0: any three. */
  readonly port?: number;
  /** Epoch ms. */
  readonly now: () => number;
  /** Default: the machine's own. */
  readonly randomBytes?: RandomBytes;
  readonly limits?: Partial<SandboxLimits>;
  /** Messages that stay readable; the oldest go first. Default 1000. */
  readonly keepMessages?: number;
  /** Bytes of the messages that stay readable. Default 256 MB. */
  readonly keepBytes?: number;
  /** Requests that stay recorded, at least. Default 1000. */
  readonly keepRequests?: number;
  /** Recorded requests have their bodies. Default false. */
  readonly keepBodies?: boolean;
  /** The mailboxes that exist. Absent: any that is asked for. */
  readonly users?: readonly string[];
  /** A draft whose immutable id was asked for has it still when it was sent. Default: true. */
  readonly immutableIdsSurviveSend?: boolean;
  /** What the app was granted. Default: both. */
  readonly permissions?: readonly Permission[];
}

export interface Sandbox extends AsyncDisposable {
  /** Origin of Entra, such as `https://127.0.0.1:40001`. */
  readonly authority: string;
  /** Origin of Graph. */
  readonly graph: string;
  /** PEM of the authority that both have to be trusted by. */
  readonly ca: string;
  /** The tenant's GUID. */
  readonly tenant: string;
  /** A domain of the tenant, good in place of its GUID. */
  readonly tenantDomain: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What was sent. */
  readonly mailbox: SandboxMailbox;
  /** Ids of the drafts in all mailboxes, oldest first. */
  readonly drafts: readonly string[];
  /** What came in, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** What the service would object to, or the gateway's contract forbids: empty when all is well. */
  readonly violations: readonly string[];
  readonly faults: Faults;
  /** What the app was granted: may be changed at any time. */
  readonly permissions: Set<Permission>;
  /** Who signs in to the app, and what becomes of that. */
  readonly signIns: SignIns;
  /** The apps of the tenant, and what they were granted: may be changed at any time. */
  readonly directory: Directory;
  /** Lets people sign in without a credential of the app ("Allow public client flows"). Default: true. */
  allowPublicClient(allowed: boolean): void;
  /** Where people may come back to after they have signed in, beside any port of `http://localhost`. */
  addRedirectUri(uri: string): void;
  /** Lets a token of another issuer prove the app. Throws when the key is none. */
  trustIssuer(credential: FederatedCredential): void;
  /** Makes this machine one of Azure's, with these identities: `system`, and client ids. */
  startManagedIdentity(identities: readonly string[]): Promise<ManagedIdentityEndpoint>;
  /** Registers the certificate as a credential of the app. Throws when it is none. */
  registerCertificate(pem: string): void;
  /** From here on the client secret is refused as expired. */
  expireSecret(): void;
  /** From here on every token issued so far is refused. */
  revokeTokens(): void;
  /** Lets a mailbox send as another address, or as any (`*`). */
  grantSendAs(mailbox: string, from: string): void;
}

const tenantDomain = 'sandbox.onmicrosoft.com';

/** Starts the sandbox. Rejects when its ports cannot be had. */
export async function createSandbox(options: SandboxOptions): Promise<Sandbox> {
  const parts = createParts(options);
  await using starting = new AsyncDisposableStack();
  const { ca } = await startServers(options, { ...parts, stack: starting });
  const servers = starting.move();
  const { origins, app, tenant, tokens, journal, faults, permissions } = parts;
  return {
    authority: origins.authority,
    graph: origins.graph,
    ca,
    tenant: parts.tenantId,
    tenantDomain,
    clientId: app.clientId,
    clientSecret: parts.clientSecret,
    mailbox: tenant.sent,
    get drafts() {
      return tenant.drafts.ids();
    },
    requests: journal.requests,
    violations: journal.violations,
    faults,
    permissions,
    signIns: parts.signIns,
    directory: parts.directory,
    allowPublicClient: (allowed) => void (app.isPublic = allowed),
    addRedirectUri: (uri) => void app.redirectUris.add(uri),
    trustIssuer: (credential) => app.issuers.trust(credential),
    startManagedIdentity: (identities) =>
      startManagedIdentityEndpoint({
        tokens,
        journal,
        now: options.now,
        graph: origins.graph,
        identities: new Set(identities),
      }),
    registerCertificate: (pem) => {
      app.addCertificate(pem, { keyId: parts.identifiers.guid() });
    },
    expireSecret: () => app.expireSecrets(),
    revokeTokens: () => tokens.revokeAll(),
    grantSendAs: (mailbox, from) => tenant.sendAs.grant(mailbox, from),
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

type Parts = ReturnType<typeof createParts>;

function createParts(options: SandboxOptions) {
  const { now, randomBytes = cryptoRandomBytes } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const identifiers = new Identifiers(randomBytes);
  const journal = new Journal(options.keepRequests ?? 1_000);
  const directory = new Directory(identifiers);
  const { app, clientSecret } = createFirstApp(directory, identifiers);
  const permissions = new Set<Permission>(options.permissions ?? ['Mail.Send', 'Mail.ReadWrite']);
  /** Known once the servers listen. */
  const origins = { authority: '', graph: '', upload: '' };
  const tenant: Tenant = {
    now,
    identifiers,
    limits,
    journal,
    directory,
    clientId: app.clientId,
    permissions,
    users: options.users && new Set(options.users.map((user) => user.toLowerCase())),
    sendAs: new SendAsGrants(),
    forced: new ForcedOutcomes({ now, limits, journal }),
    sent: new SentMessages({
      messages: options.keepMessages ?? 1_000,
      bytes: options.keepBytes ?? 256_000_000,
    }),
    drafts: new Drafts(),
    uploads: new Map(),
    uploadOrigin: () => origins.upload,
    immutableIdsSurviveSend: options.immutableIdsSurviveSend ?? true,
  };
  return {
    origins,
    tenant,
    identifiers,
    journal,
    permissions,
    tenantId: identifiers.guid(),
    directory,
    app,
    clientSecret,
    tokens: new Tokens({ identifiers, limits }),
    signIns: new SignIns(identifiers),
    lanes: new Lanes(limits),
    faults: new Faults(),
  };
}

/** The app that everything is there for from the beginning; it takes any way of signing in. */
function createFirstApp(directory: Directory, identifiers: Identifiers) {
  const { registration: app } = directory.addApplication({ displayName: 'Graphpost' });
  directory.addServicePrincipal(app.clientId);
  const clientSecret = identifiers.secret();
  app.isPublic = true;
  app.takesPersonalAccounts = true;
  app.redirectUris.add('http://localhost');
  app.passwords = [
    {
      keyId: identifiers.guid(),
      secret: clientSecret,
      displayName: null,
      startsAt: 0,
      endsAt: Date.UTC(2100),
      lag: directory.newLag(),
    },
  ];
  return { app, clientSecret };
}

/** Starts the three servers, which `stack` ends, and fills in their origins. */
async function startServers(
  { host = '127.0.0.1', port = 0, now, keepBodies = false }: SandboxOptions,
  parts: Parts & { readonly stack: AsyncDisposableStack },
): Promise<ServerCertificate> {
  const { origins, journal, faults, identifiers, stack } = parts;
  const hosts = new Set(['127.0.0.1', '::1', 'localhost', host]);
  const certificate = await createServerCertificate([...hosts]);
  const common = { certificate, journal, faults, now, identifiers, keepBodies };
  const start = async (service: ServiceName, options: StartOptions): Promise<string> => {
    const server = stack.use(new SandboxServer({ service, admit: options.admit, ...common }));
    const taken = await server.listen({ host, port: port === 0 ? 0 : port + options.portOffset });
    return `https://${isIPv6(host) ? `[${host}]` : host}:${taken}`;
  };
  const graph = new Graph(parts);
  const entra = new Entra({ ...parts, domain: tenantDomain, origins: () => origins });
  const uploads = new UploadHost(parts);
  origins.graph = await start('graph', { portOffset: 0, admit: (call) => graph.admit(call) });
  origins.authority = await start('entra', { portOffset: 1, admit: (call) => entra.admit(call) });
  origins.upload = await start('upload', { portOffset: 2, admit: (call) => uploads.admit(call) });
  return certificate;
}

interface StartOptions {
  readonly portOffset: number;
  readonly admit: Admit;
}
