// What the doctor asks of a connection to Microsoft Graph, and trouble in the words of the one table.
import { randomUUID } from 'node:crypto';
import type { GraphConnectionConfig } from './config/config.ts';
import type { Outcome } from './core/outcome.ts';
import { expiriesOf } from './gateway-alerts.ts';
import { systemClock } from './gateway-clock.ts';
import { appOf, tokenSourceOf } from './gateway-identity.ts';
import type { LoadedConfig } from './gateway.ts';
import type { GraphAgent } from './graph/agent.ts';
import { createGraphHttp } from './graph/http.ts';
import { outcomeOfTokenFailure } from './graph/outcome.ts';
import { atOwnMailbox } from './graph/own-mailbox.ts';
import { probeSend, probeWrite } from './graph/probe.ts';
import { readDiagnostic } from './http/diagnostic.ts';
import type { ExplainedTrouble, GraphProbe } from './setup/doctor-graph.ts';

/** Nothing of what the doctor does is an event of the gateway. */
export const silentEvents = {
  tokenRequested() {},
  fault() {},
  graphRequestStarted() {},
  graphRequestEnded() {},
};

export function createProbe(
  connection: GraphConnectionConfig,
  options: LoadedConfig & { readonly agent: GraphAgent },
): GraphProbe {
  const { name, credential, account, largeMessages } = connection;
  const app = appOf(connection, options);
  const shared = {
    clock: systemClock,
    events: silentEvents,
    connection: name,
    agent: options.agent,
  };
  const tokenSource = tokenSourceOf(app, shared);
  const anyHttp = createGraphHttp({ ...app, ...shared, tokenSource, createRequestId: randomUUID });
  const http = account === undefined ? anyHttp : atOwnMailbox(anyHttp, account);
  const expiry = expiriesOf(options.config, options.secrets).find((each) => each.name === name);
  const ask = { http, clock: systemClock };
  return {
    name,
    credentialEnd: expiry?.expiresAt ?? unknownEnds[credential.kind],
    isRenewable: credential.kind === 'certificate',
    needsLargeMessages: largeMessages,
    async token() {
      const token = await tokenSource.token();
      if (token.kind === 'token') return token;
      const trouble = troubleOf(outcomeOfTokenFailure(token));
      return account === undefined || trouble.isPassing
        ? trouble
        : { ...trouble, remedy: `graphpost login ${name}` };
    },
    send: async (mailbox, more) => toProbed(await probeSend({ ...ask, ...more, mailbox })),
    write: async (mailbox, more) => toProbed(await probeWrite({ ...ask, ...more, mailbox })),
  };
}

/** Why the end of a credential is not known. */
const unknownEnds = {
  secret: 'untold',
  certificate: 'unreadable',
  pfx: 'unreadable',
  federatedToken: 'none',
  managedIdentity: 'none',
  none: 'none',
} as const;

function toProbed(outcome: Outcome | undefined) {
  return outcome === undefined ? ({ kind: 'allowed' } as const) : troubleOf(outcome);
}

const passing: ReadonlySet<string> = new Set([
  'network',
  'timeout',
  'server',
  'throttled',
  'quota',
]);

/** In the words of the one table. */
export function troubleOf(outcome: Outcome): ExplainedTrouble {
  if (outcome.kind === 'delivered') {
    return { kind: 'trouble', isPassing: true, problem: 'An answer came that does not fit' };
  }
  const { diagnostic, reason, remote } = outcome;
  const code = remote?.code;
  return {
    kind: 'trouble',
    isPassing: passing.has(reason),
    ...(code !== undefined && { code }),
    ...(remote?.words !== undefined && { detail: remote.words }),
    ...readDiagnostic(diagnostic),
  };
}
