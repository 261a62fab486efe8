// What every SMTP server among the baselines can be asked.
import { once } from 'node:events';
import type { Server } from 'node:net';
import type { Endpoint } from '../load/smtp-session.ts';
import type { Certificate } from '../../test/support/https-server.ts';
import type { SimulatorEndpoints } from '../simulator/protocol.ts';

export interface SmtpPartAsk {
  readonly folder: string;
  readonly simulator?: SimulatorEndpoints;
  /** For STARTTLS. Absent: none is offered. */
  readonly certificate?: Certificate;
}

export type SmtpPart = {
  start(ask: SmtpPartAsk): Promise<Endpoint>;
};

/** On a port of this machine that the system chooses. */
export async function listen(server: Server): Promise<Endpoint> {
  const host = '127.0.0.1';
  server.listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given');
  return { host, port: address.port };
}
