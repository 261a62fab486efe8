// The secrets of the file, taken out of it.
import type { FileContent } from '../schema/config-file.ts';
import { isPostgres } from '../queue-store.ts';
import { Secrets, type LoginSecret } from '../secrets.ts';
import { alertUrlOf } from './alerts.ts';

export function toSecrets(content: FileContent): Secrets {
  const { alerts, clients, connections, http, queue, tokenCache } = content;
  const credentials = Object.entries(connections).map(([name, connection]) => ({
    name,
    credential: connection.type === 'graph' ? connection.credential : undefined,
  }));
  return new Secrets({
    logins: toMap(clients ?? [], (client) => [client.name, toLoginSecret(client.login)]),
    clientSecrets: toMap(credentials, ({ name, credential }) => [name, credential?.secret]),
    passphrases: toMap(credentials, ({ name, credential }) => [
      name,
      credential?.certificate?.passphrase,
    ]),
    passwords: toMap(Object.entries(connections), ([name, connection]) => [
      name,
      connection.type === 'smtp' ? connection.password : undefined,
    ]),
    alertUrls: alerts.map(alertUrlOf),
    ...(http.adminToken !== undefined && { adminToken: http.adminToken }),
    ...(queue.store !== undefined && isPostgres(queue.store) && { queueUrl: queue.store }),
    ...(tokenCache && { tokenCacheKey: tokenCache.key }),
  });
}

type Login = NonNullable<NonNullable<FileContent['clients']>[number]['login']>;

function toLoginSecret(login: Login | undefined): LoginSecret | undefined {
  if (login?.password !== undefined) return { kind: 'password', password: login.password };
  if (login?.passwordHash !== undefined) return { kind: 'hash', hash: login.passwordHash };
  return undefined;
}

/** Of the items that have a secret. */
function toMap<T, Secret>(
  items: readonly T[],
  entryOf: (item: T) => readonly [string, Secret | undefined],
): ReadonlyMap<string, Secret> {
  const secrets = new Map<string, Secret>();
  for (const item of items) {
    const [name, secret] = entryOf(item);
    if (secret !== undefined) secrets.set(name, secret);
  }
  return secrets;
}
