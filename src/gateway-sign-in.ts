// Sign-ins that are started from the page or the API of a gateway that runs, wired.
import type { GraphConnectionConfig } from './config/config.ts';
import type { SignInRefusal, SignInReport } from './core/sign-in.ts';
import { signInOf } from './gateway-identity.ts';
import type { Parts } from './gateway-parts.ts';
import { takeUp } from './gateway-reload.ts';
import type { GatewayOptions } from './gateway.ts';
import { createAgent } from './graph/agent.ts';
import { outcomeOfTokenFailure } from './graph/outcome.ts';
import { signInByBrowser, signInByDeviceCode } from './identity/sign-in.ts';
import { loginCommand, type UserOptions } from './identity/user-application.ts';
import type { TokenFailure } from './relay/ports.ts';
import { SignIns, type AskedSignIn, type SignInWay } from './relay/sign-ins.ts';

type SignInParts = Pick<
  Parts,
  'connections' | 'live' | 'store' | 'clock' | 'runner' | 'events' | 'holds'
>;

/** @param stack what is disposed before the parts */
export function createSignIns(
  { env }: Pick<GatewayOptions, 'env'>,
  parts: SignInParts,
  stack: AsyncDisposableStack,
): SignIns {
  return stack.use(
    new SignIns({
      clock: parts.clock,
      waysOf: (connection) => waysOf(connection, { env, parts }),
      explain,
      onEnd: (connection, report) => end(connection, { report, parts }),
    }),
  );
}

function waysOf(
  name: string,
  { env, parts }: Pick<GatewayOptions, 'env'> & { readonly parts: SignInParts },
): SignInWay | SignInRefusal {
  const connection = parts.live.current.config.connections.get(name);
  if (!connection) {
    return { refused: 'unknownConnection', why: `The connection "${name}" does not exist` };
  }
  if (connection.type !== 'graph' || connection.account === undefined) {
    const why = `The connection "${name}" has no account: nobody signs in for it`;
    return { refused: 'notHere', why };
  }
  if (connection.credential.kind !== 'none' && connection.redirectUri === undefined) {
    const why = `The app of the connection "${name}" has a credential and takes no code, and the connection has no redirectUri: run "${loginCommand({ connection: name })}" on a machine with a browser`;
    return { refused: 'notHere', why };
  }
  return {
    account: connection.account,
    signIn: async (asked) => {
      await using agent = createAgent({ env, connections: 4 });
      const { live, clock } = parts;
      const user = signInOf(connection, { ...live.current, agent, clock });
      return await signIn(connection, { user, asked });
    },
  };
}

/** An app with a credential of its own takes no device code. */
async function signIn(
  { credential, redirectUri }: GraphConnectionConfig,
  { user, asked }: { readonly user: UserOptions; readonly asked: AskedSignIn },
) {
  const { show, signal } = asked;
  if (credential.kind !== 'none' && redirectUri !== undefined) {
    const open = (url: string) => show({ kind: 'browser', url });
    return await signInByBrowser(user, { redirectUri, open, signal });
  }
  return await signInByDeviceCode(user, {
    show: ({ verificationUri, userCode }) => show({ kind: 'code', url: verificationUri, userCode }),
    signal,
  });
}

function explain(failure: TokenFailure): string {
  const outcome = outcomeOfTokenFailure(failure);
  return outcome.kind === 'delivered' ? failure.description : outcome.diagnostic;
}

/** The file beside the token cache tells other processes; this one need not wait for it. */
function end(
  connection: string,
  { report, parts }: { readonly report: SignInReport; readonly parts: SignInParts },
): void {
  const { events, live } = parts;
  if (report.state !== 'signedIn') {
    const text = `Nobody has signed in for connection "${connection}": ${report.error ?? ''}`;
    events.notice({ level: 'warn', event: 'signIn.failed', text });
    return;
  }
  const text = `Somebody has signed in for connection "${connection}"`;
  events.notice({ level: 'info', event: 'signIn.taken', text });
  try {
    takeUp(live.current, parts);
    parts.holds.tryNow();
  } catch (error) {
    events.fault({ where: 'signIn', error });
  }
}
