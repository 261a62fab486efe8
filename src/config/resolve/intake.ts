// Listeners, clients and limits: how mail comes in.
import { parseAddressPattern, type AddressPattern } from '../../core/address.ts';
import type { ClientConfig, IntakeLimits, ListenerConfig } from '../config.ts';
import { compileNetworks, thisMachine } from '../networks.ts';
import type { ClientContent } from '../schema/clients.ts';
import type { FileContent } from '../schema/config-file.ts';
import type { ListenerContent } from '../schema/listeners.ts';
import { listenerName, localClientName } from '../names.ts';

export function toListener({ name, address, loginWithoutTls }: ListenerContent): ListenerConfig {
  return { ...address, name: name ?? listenerName(address), mode: 'queued', loginWithoutTls };
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

export function toIntakeLimits(limits: FileContent['limits']): IntakeLimits {
  return {
    messageBytes: limits.messageSize,
    connections: limits.connections,
    idleTimeoutMs: limits.idleTimeout,
    authFailuresPerMinute: limits.authFailuresPerMinute,
  };
}
