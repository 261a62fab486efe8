// `graphpost logout`: forgets who has signed in for a connection.
import { forgetSignIn } from '../gateway-identity.ts';
import { loadOrReport, type ConfigIo } from './loaded-config.ts';
import { findUserConnection } from './login.ts';

export interface LogoutIo extends ConfigIo {
  readonly stdout: { write(text: string): unknown };
}

/** Returns the exit code: 0 nobody is signed in any more, 1 the token cache cannot be used, 2 for a wrong configuration or connection. */
export function runLogout(
  options: { readonly connection: string; readonly config?: string; readonly json?: boolean },
  io: LogoutIo,
): number {
  const loaded = loadOrReport(options.config, io);
  const connection = loaded && findUserConnection(options.connection, { loaded, io });
  if (!connection) return 2;
  try {
    const wasSignedIn = forgetSignIn(connection, loaded);
    if (options.json === true) {
      const result = { connection: connection.name, account: connection.account, wasSignedIn };
      io.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
      return 0;
    }
    io.stdout.write(wasSignedIn ? `Signed out ${connection.account}\n` : 'Nobody was signed in\n');
    return 0;
  } catch (error) {
    io.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
