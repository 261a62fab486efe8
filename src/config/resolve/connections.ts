// Connections: how mail goes out.
import { resolve } from 'node:path';
import type {
  CloudEndpoints,
  ConnectionConfig,
  CredentialConfig,
  GraphConnectionConfig,
  LaneLimits,
  SmtpConnectionConfig,
} from '../config.ts';
import type {
  CloudContent,
  ConnectionContent,
  CredentialContent,
  GraphContent,
  SandboxContent,
  SmtpContent,
} from '../schema/connections.ts';
import { toFromBlock } from './from.ts';

interface Origin {
  readonly name: string;
  /** Relative paths start here. */
  readonly folder: string;
}

/** Throws for what `checks/connections.ts` should have refused. */
export function toConnection(content: ConnectionContent, origin: Origin): ConnectionConfig {
  switch (content.type) {
    case 'sandbox':
      return { type: 'sandbox', ...toSending(content, origin) };
    case 'graph':
      return toGraph(content, origin);
    case 'smtp':
      return toSmtp(content, origin);
  }
}

function toGraph(content: GraphContent, origin: Origin): GraphConnectionConfig {
  const { account, cloud, largeMessages, redirectUri, sendAs } = content;
  return {
    type: 'graph',
    ...toSending(content, origin),
    largeMessages: largeMessages ?? takesUploads(cloud),
    cloud: toCloud(cloud),
    ...toApp(content),
    credential: toCredential(content.credential, origin),
    ...(account && { account }),
    // Who has signed in has one mailbox; others are named, where he has access to them.
    ...(account && sendAs.kind === 'from' && { sendAs: { kind: 'mailbox', mailbox: account } }),
    ...(redirectUri !== undefined && { redirectUri }),
  };
}

/** Of a managed identity the machine knows all. */
function toApp({ tenant, clientId, credential, account }: GraphContent) {
  const managed = credential?.managedIdentity;
  if (managed !== undefined) return { tenant: 'managed', clientId: managed };
  return {
    tenant: tenant ?? required(account && 'consumers', 'tenant'),
    clientId: required(clientId, 'clientId'),
  };
}

function toLimits({ uploadPer5Minutes, ...limits }: GraphContent['limits']): LaneLimits {
  const { messagesPerMinute, messagesPerHour, messagesPerDay } = limits;
  return {
    concurrency: limits.concurrency,
    requestsPer10Minutes: limits.requestsPer10Minutes,
    uploadBytesPer5Minutes: uploadPer5Minutes,
    ...(messagesPerMinute !== undefined && { messagesPerMinute }),
    ...(messagesPerHour !== undefined && { messagesPerHour }),
    ...(messagesPerDay !== undefined && { messagesPerDay }),
  };
}

function toSmtp(content: SmtpContent, { name }: Origin): SmtpConnectionConfig {
  const { username, oauth2, returnPath, from } = content;
  const url = new URL(content.url);
  const implicitTls = url.protocol === 'smtps:';
  return {
    type: 'smtp',
    name,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (implicitTls ? 465 : 587) : Number(url.port),
    implicitTls,
    ...(username !== undefined && { username }),
    ...(oauth2 !== undefined && { oauth2 }),
    returnPath,
    ...(from && { from: toFromBlock(from) }),
  };
}

function toSending(content: GraphContent | SandboxContent, { name }: Origin) {
  const { sendAs, saveToSentItems, requestLimit, largeMessages, limits, mime, from } = content;
  return {
    name,
    sendAs,
    saveToSentItems,
    requestLimitBytes: requestLimit,
    largeMessages: largeMessages ?? true,
    quotedPrintable: mime.quotedPrintable,
    limits: toLimits(limits),
    ...(from && { from: toFromBlock(from) }),
  };
}

function toCredential(
  credential: CredentialContent | undefined,
  { folder }: Origin,
): CredentialConfig {
  if (credential === undefined) return { kind: 'none' };
  const { certificate, federatedToken, managedIdentity, expires } = credential;
  if (certificate?.pfx !== undefined) {
    return { kind: 'pfx', file: resolve(folder, certificate.pfx) };
  }
  if (certificate !== undefined) {
    return {
      kind: 'certificate',
      certFile: resolve(folder, required(certificate.cert, 'cert')),
      keyFile: resolve(folder, required(certificate.key, 'key')),
    };
  }
  if (federatedToken !== undefined) {
    return { kind: 'federatedToken', file: resolve(folder, federatedToken) };
  }
  if (managedIdentity !== undefined) {
    return {
      kind: 'managedIdentity',
      ...(managedIdentity !== 'system' && { clientId: managedIdentity }),
    };
  }
  return { kind: 'secret', ...(expires !== undefined && { expiresAt: expires }) };
}

/** Origins of Microsoft's clouds. */
export const clouds = {
  global: {
    authority: 'https://login.microsoftonline.com',
    graph: 'https://graph.microsoft.com',
  },
  usgov: { authority: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us' },
  dod: { authority: 'https://login.microsoftonline.us', graph: 'https://dod-graph.microsoft.us' },
  china: {
    authority: 'https://login.chinacloudapi.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
  },
} satisfies Record<Extract<CloudContent, string>, CloudEndpoints>;

function toCloud(cloud: CloudContent): CloudEndpoints {
  return typeof cloud === 'string' ? clouds[cloud] : cloud;
}

/** The schema of Graph in GCC High and DoD has no upload sessions for messages. */
function takesUploads(cloud: CloudContent): boolean {
  return cloud !== 'usgov' && cloud !== 'dod';
}

function required<T>(value: T | undefined, key: string): T {
  if (value === undefined) throw new Error(`Cannot use a connection without ${key}`);
  return value;
}
