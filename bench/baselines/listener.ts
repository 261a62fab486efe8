// Not a baseline but a part: the gateway's listener, which reads every message and forgets it, as the bare smtp-server does.
import { compileNetworks, thisMachine } from '../../src/config/networks.ts';
import { Secrets } from '../../src/config/secrets.ts';
import { parseAddressPattern, type AddressPattern } from '../../src/core/address.ts';
import type { Clock, Events } from '../../src/relay/ports.ts';
import { createListener } from '../../src/smtp/listener.ts';
import { answerParent } from '../children.ts';
import type { SmtpPart } from './smtp-part.ts';

const anyone = [parseAddressPattern('*')].filter((pattern): pattern is AddressPattern => !!pattern);

/** Nobody listens, as nobody does with smtp-server. */
const events = new Proxy({} as Events, { get: () => () => undefined });

const clock: Clock = {
  now: Date.now,
  wait: (delayMs, { signal }) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

answerParent<SmtpPart>({
  async start() {
    const { address } = await createListener(
      { name: 'bench', host: '127.0.0.1', port: 0, mode: 'queued', loginWithoutTls: false },
      {
        hostname: 'listener.bench.example',
        clients: [
          {
            name: 'bench',
            networks: compileNetworks(thisMachine),
            senders: anyone,
            recipients: anyone,
            recipientsPerMessage: 100,
          },
        ],
        secrets: new Secrets({ logins: new Map(), clientSecrets: new Map() }),
        limits: {
          messageBytes: 35_000_000,
          connections: 10_000,
          idleTimeoutMs: 300_000,
          authFailuresPerMinute: 10,
        },
        checkReversePath: () => undefined,
        accept: async ({ content }) => {
          const pieces = content[Symbol.asyncIterator]();
          while ((await pieces.next()).done !== true);
          return { kind: 'accepted', id: 'discarded' };
        },
        events,
        clock,
      },
    );
    return address;
  },
});
