// Listeners, clients and limits: how mail comes in.
import { resolve } from 'node:path';
import { parseAddressPattern, type AddressPattern } from '../../core/address.ts';
import type {
  ClientConfig,
  DirectConfig,
  IntakeLimits,
  ListenerConfig,
  ListenerTls,
} from '../config.ts';
import { compileNetworks, thisMachine } from '../networks.ts';
import type { ClientContent } from '../schema/clients.ts';
import type { FileContent } from '../schema/config-file.ts';
import type { ListenerContent } from '../schema/listeners.ts';
import { listenerName, localClientName } from '../names.ts';

/** `folder`: of the configuration file, from which its paths are read. */
export function toListener(content: ListenerContent, folder: string): ListenerConfig {
  const { name, address, mode, loginWithoutTls, proxyProtocol } = content;
  const tls = toTls(content, folder);
  return {
    ...address,
    name: name ?? listenerName(address),
    mode,
    loginWithoutTls,
    ...(tls && { tls }),
    ...(proxyProtocol.length > 0 && { proxies: compileNetworks(proxyProtocol) }),
  };
}

function toTls(
  { tls = 'optional', certificate, minTls }: ListenerContent,
  folder: string,
): ListenerTls | undefined {
  if (tls === 'none' || certificate === undefined) return undefined;
  return {
    mode: tls,
    certFile: resolve(folder, certificate.cert),
    keyFile: resolve(folder, certificate.key),
    minVersion: minTls,
  };
}

/** Without `clients`, this machine alone may send. */
export function toClients(clients: readonly ClientContent[] | undefined): readonly ClientConfig[] {
  return clients?.map(toClient) ?? [local];
}

function toClient({
  name,
  networks,
  login,
  senders,
  recipients,
  limits,
}: ClientContent): ClientConfig {
  return {
    name,
    ...(networks && { networks: compileNetworks(networks) }),
    ...(login && { username: login.username }),
    senders: senders ?? anyone,
    recipients,
    recipientsPerMessage: limits.recipientsPerMessage,
    ...(limits.connections !== undefined && { connections: limits.connections }),
    ...toRates(limits),
  };
}

/** In any minute. */
interface Rates {
  readonly messagesPerMinute?: number | undefined;
  readonly recipientsPerMinute?: number | undefined;
  readonly bytesPerMinute?: number | undefined;
}

function toRates({
  messagesPerMinute,
  recipientsPerMinute,
  bytesPerMinute,
}: Rates): Pick<ClientConfig, keyof Rates> {
  return {
    ...(messagesPerMinute !== undefined && { messagesPerMinute }),
    ...(recipientsPerMinute !== undefined && { recipientsPerMinute }),
    ...(bytesPerMinute !== undefined && { bytesPerMinute }),
  };
}

const anyone = [parseAddressPattern('*')].filter((pattern): pattern is AddressPattern => !!pattern);

const local: ClientConfig = {
  name: localClientName,
  networks: compileNetworks(thisMachine),
  senders: anyone,
  recipients: anyone,
  recipientsPerMessage: 500,
};

/** `folder`: of the configuration file. */
export function toDirect(content: FileContent['direct'], folder: string): DirectConfig {
  return {
    memoryBytes: content.memory,
    ...(content.folder !== undefined && { folder: resolve(folder, content.folder) }),
  };
}

export function toIntakeLimits(limits: FileContent['limits']): IntakeLimits {
  return {
    messageBytes: limits.messageSize,
    connections: limits.connections,
    idleTimeoutMs: limits.idleTimeout,
    authFailuresPerMinute: limits.authFailuresPerMinute,
    ...toRates(limits),
  };
}
