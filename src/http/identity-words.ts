// Who a connection is, in words: the kind of its credential, tenant, app and account, and never a secret.
import type { ConnectionConfig, GraphConnectionConfig } from '../config/config.ts';
import type { IdentityView } from './schema/connection.ts';

export function describeIdentity(connection: ConnectionConfig): IdentityView {
  switch (connection.type) {
    case 'sandbox':
      return { text: 'The built-in simulator: nothing leaves this machine' };
    case 'smtp': {
      const { host, port, username, oauth2 } = connection;
      const login = username === undefined ? 'without a login' : `as "${username}"`;
      const by = oauth2 === undefined ? '' : `, with the identity of connection "${oauth2}"`;
      return {
        text: `Mail server ${host} port ${port}, ${login}${by}`,
        ...(username !== undefined && { username }),
      };
    }
    case 'graph':
      return describeApp(connection);
  }
}

function describeApp(connection: GraphConnectionConfig): IdentityView {
  const { tenant, clientId, credential, account } = connection;
  // Of a managed identity, tenant and app are the platform's affair.
  if (credential.kind === 'managedIdentity') {
    return { text: credentialWords(credential), credential: credential.kind };
  }
  const who = account === undefined ? '' : `, as ${account}`;
  return {
    text: `App ${clientId} in tenant ${tenant}, ${credentialWords(credential)}${who}`,
    ...{ credential: credential.kind, tenant, clientId },
    ...(account !== undefined && { account }),
  };
}

function credentialWords(credential: GraphConnectionConfig['credential']): string {
  switch (credential.kind) {
    case 'secret':
      return 'with a client secret';
    case 'certificate':
      return `with the certificate ${credential.certFile}`;
    case 'pfx':
      return `with the certificate in ${credential.file}`;
    case 'federatedToken':
      return `with the federated token ${credential.file}`;
    case 'managedIdentity':
      return credential.clientId === undefined
        ? 'The managed identity of this machine'
        : `The managed identity ${credential.clientId}`;
    case 'none':
      return 'as a public client';
  }
}
