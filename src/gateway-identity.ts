// Whose identity a connection has: the app of its configuration, what proves it, and where its tokens come from.
import { readFileSync } from 'node:fs';
import type { CredentialConfig, GraphConnectionConfig } from './config/config.ts';
import type { Secrets } from './config/secrets.ts';
import type { Address } from './core/address.ts';
import type { LoadedConfig } from './gateway.ts';
import type { GraphAgent } from './graph/agent.ts';
import type { Credential } from './identity/credential.ts';
import { announcementOf, TokenCache } from './identity/token-cache.ts';
import { createTokenSource } from './identity/token-source.ts';
import type { UserOptions } from './identity/user-application.ts';
import type { Clock, Events, TokenSource } from './relay/ports.ts';

/** Where a connection of type `graph` goes, and as which app: the sandbox is one more cloud. */
export interface App {
  readonly authority: string;
  readonly graph: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly credential: Credential;
  /** As whom the app acts; absent: as itself. */
  readonly user?: {
    readonly account: Address;
    readonly permissions: readonly string[];
    readonly tokenCache: { readonly file: string; readonly key: string };
    /** Another one after somebody has signed in or out. */
    readonly announcement: string;
  };
  /** PEM of an authority to trust for this connection alone. */
  readonly ca?: string;
}

export function appOf(
  config: GraphConnectionConfig,
  { config: { tokenCache }, secrets }: LoadedConfig,
): App {
  const { cloud, tenant, clientId, credential, account, largeMessages } = config;
  return {
    ...cloud,
    tenant,
    clientId,
    credential: toCredential(credential, config.name, secrets),
    ...(account && {
      user: {
        account,
        permissions: permissionsFor({ largeMessages }),
        tokenCache: { file: tokenCache?.file ?? '', key: secrets.tokenCacheKey() ?? '' },
        announcement: tokenCache ? readIfThere(announcementOf(tokenCache.file)) : '',
      },
    }),
  };
}

/** What a user consents to. Mail.ReadWrite also lets the gateway look for what may have been sent. */
function permissionsFor({ largeMessages }: Pick<GraphConnectionConfig, 'largeMessages'>) {
  return largeMessages ? ['Mail.Send', 'Mail.ReadWrite'] : ['Mail.Send'];
}

/** A token for Graph is of no use at Exchange's SMTP: whom the tokens are for, by the cloud's authority. */
export function exchangeOf({ authority }: App): string {
  switch (new URL(authority).hostname) {
    case 'login.microsoftonline.us':
      return 'https://outlook.office365.us';
    case 'login.chinacloudapi.cn':
      return 'https://partner.outlook.cn';
    default:
      return 'https://outlook.office365.com';
  }
}

export function tokenSourceOf(
  { user, ...app }: App,
  {
    agent,
    ...shared
  }: {
    readonly connection: string;
    readonly agent: GraphAgent;
    readonly clock: Clock;
    readonly events: Pick<Events, 'tokenRequested' | 'fault'>;
  },
): TokenSource {
  return createTokenSource({
    ...app,
    ...shared,
    ...(user && {
      user: {
        ...user,
        cache: new TokenCache(user.tokenCache),
        onUnsaved: (error) => shared.events.fault({ where: 'tokenCache', error }),
      },
    }),
    dispatcher: agent,
    onDeadline: () => agent.replace(),
  });
}

/** What it takes to sign somebody in. Throws for a connection that sends as no user. */
export function signInOf(
  config: GraphConnectionConfig,
  parts: LoadedConfig & { readonly agent: GraphAgent; readonly clock: Clock },
): UserOptions {
  const { user, credential, ...app } = appOf(config, parts);
  if (!user || credential.kind === 'managedIdentity') {
    throw new Error(`Nobody signs in for the connection "${config.name}"`);
  }
  return {
    ...app,
    credential,
    connection: config.name,
    user: { ...user, cache: new TokenCache(user.tokenCache) },
    dispatcher: parts.agent,
    clock: parts.clock,
    onDeadline: () => parts.agent.replace(),
  };
}

/** Whether somebody had signed in, who is forgotten now. Throws `CredentialError` when the token cache cannot be used. */
export function forgetSignIn(config: GraphConnectionConfig, loaded: LoadedConfig): boolean {
  const { user, ...app } = appOf(config, loaded);
  if (!user) return false;
  const cache = new TokenCache(user.tokenCache);
  const wasSignedIn = cache.remove({ ...app, ...user });
  cache.announce();
  return wasSignedIn;
}

function toCredential(config: CredentialConfig, connection: string, secrets: Secrets): Credential {
  if (config.kind === 'secret') {
    return { kind: 'secret', secret: secrets.clientSecret(connection) ?? '' };
  }
  const passphrase = secrets.passphrase(connection);
  if (config.kind === 'pfx') {
    return {
      kind: 'pfx',
      pfx: bytesIfThere(config.file),
      ...(passphrase !== undefined && { passphrase }),
    };
  }
  if (config.kind !== 'certificate') return config;
  const certPem = readIfThere(config.certFile);
  return {
    kind: 'certificate',
    certPem,
    keyPem: readIfThere(config.keyFile),
    // Who puts the chain into the file has an app that trusts its issuer.
    sendCertificate: certPem.split('-----BEGIN CERTIFICATE-----').length > 2,
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** A missing credential must not keep the gateway from accepting mail: the empty one is refused at its first use. */
function readIfThere(file: string): string {
  return Buffer.from(bytesIfThere(file)).toString('utf8');
}

function bytesIfThere(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    return new Uint8Array(0);
  }
}
