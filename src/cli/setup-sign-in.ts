// Signs the administrator in for setup: in a browser of this machine, or by a code where there is none.
import type { GraphAgent } from '../graph/agent.ts';
import {
  signInAdministrator,
  type Administrator,
  type SignInWay,
} from '../identity/administrator.ts';
import type { Clock, TokenFailure } from '../relay/ports.ts';
import type { Cloud } from '../setup/setup-choices.ts';
import { hasBrowser, openBrowser, type LoginIo } from './login.ts';

/**
 * Microsoft Graph Command Line Tools: a public client of Microsoft's own, in every tenant, which may ask for what setup
 * needs. Microsoft may change what it is good for, and a tenant may block it: then `--client-id` names another one.
 */
const commandLineTools = '14d82eec-204b-4c2f-b7e8-296a70dab67e';

export interface AdministratorSignIn {
  readonly cloud: Cloud;
  readonly tenant: string | undefined;
  readonly clientId: string | undefined;
  readonly permissions: readonly string[];
  readonly device: boolean;
  readonly browser: boolean;
  readonly agent: GraphAgent;
  readonly clock: Clock;
}

/** Undefined where nobody has signed in: that has been said then. */
export async function signInForSetup(
  { cloud, tenant, clientId, device, browser, agent, ...shared }: AdministratorSignIn,
  io: LoginIo,
): Promise<Administrator | undefined> {
  const app = {
    ...shared,
    authority: cloud.authority,
    graph: cloud.graph,
    tenant: tenant ?? 'organizations',
    clientId: clientId ?? commandLineTools,
    dispatcher: agent,
    onDeadline: () => agent.replace(),
  };
  const takesBrowser = !device && (browser || hasBrowser(io));
  const answer = await signInAdministrator(app, takesBrowser ? inBrowser(io) : byCode(io));
  if (answer.kind === 'administrator') {
    io.stderr.write(
      `Signed in as ${answer.username} (tenant ${answer.tenantId}); nothing of it is kept\n`,
    );
    return answer;
  }
  io.stderr.write(`Nobody has signed in: ${answer.description}${hintFor(answer, takesBrowser)}\n`);
  return undefined;
}

/** What is written is for people: standard output may be read by a program. */
function inBrowser(io: LoginIo): SignInWay {
  return {
    kind: 'browser',
    open(url) {
      io.stderr.write(
        `Sign in as an administrator of the tenant in a browser of this machine:\n${url}\n`,
      );
      if (io.stdout.isTTY === true) openBrowser(url, io.platform);
    },
  };
}

function byCode(io: LoginIo): SignInWay {
  return {
    kind: 'device',
    show({ verificationUri, userCode, expiresInSeconds }) {
      const minutes = Math.floor(expiresInSeconds / 60);
      io.stderr.write(
        `Open ${verificationUri} on any device, enter the code ${userCode}, and sign in as an administrator of the tenant (within ${minutes} minutes)\n`,
      );
    },
  };
}

/** AADSTS: what a tenant's policy refuses, and what another way may get past. */
function hintFor({ codes }: TokenFailure, tookBrowser: boolean): string {
  const isPolicy = codes.some((code) =>
    [53000, 53001, 53002, 53003, 530033, 530035].includes(code),
  );
  if (isPolicy && !tookBrowser) return ' (many tenants block device codes: take --browser)';
  const isClient = codes.some((code) =>
    [65002, 700016, 7000112, 50105, 90094, 65001].includes(code),
  );
  if (isClient)
    return ' (take a public client of your tenant by --client-id, or let setup --print the commands)';
  return '';
}
