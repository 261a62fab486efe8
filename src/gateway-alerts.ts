// Alerts, wired: what happens in the gateway becomes signals, and those whom the configuration names are told.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Alerts } from './alerts/alerts.ts';
import { watchForTrouble } from './alerts/watch.ts';
import { watchingEvents } from './alerts/watching-events.ts';
import type {
  Config,
  ConnectionConfig,
  CredentialConfig,
  GraphConnectionConfig,
} from './config/config.ts';
import type { Secrets } from './config/secrets.ts';
import type { AlertSignal } from './core/alert.ts';
import type { Expiry, FreeDisk } from './core/alert-signals.ts';
import { isLaneOf } from './core/lane.ts';
import { OpenTroubles, type OpenTrouble } from './core/open-troubles.ts';
import type { GatewayOptions, LoadedConfig } from './gateway.ts';
import { createIds } from './gateway-ids.ts';
import { freeSpaceOf } from './gateway-store.ts';
import { readPfxCertificate } from './identity/pfx-certificate.ts';
import { mime } from './mime/mime.ts';
import { alertsClient, sendAlertMail, type AlertMail } from './relay/alert-mail.ts';
import type { Policy } from './relay/policy.ts';
import type { Clock, Events, LaneSummary, Store } from './relay/ports.ts';
import { hashAddressesIn } from './telemetry/address-hash.ts';
import type { Metrics } from './telemetry/metrics.ts';

export interface GatewayAlertsOptions extends Pick<GatewayOptions, 'config' | 'secrets' | 'env'> {
  readonly clock: Clock;
  /** Those that alerts themselves have. */
  readonly events: Events;
  readonly metrics: Metrics;
}

/** What alerts need of the parts that came to be after them. */
export interface AlertSources {
  readonly store: Store;
  readonly isQueued: boolean;
  readonly policy: () => Policy;
  /** Called when an e-mail waits in the queue. */
  readonly onMail: () => void;
  /** Its disposal ends the alerts. */
  readonly stack: AsyncDisposableStack;
}

export class GatewayAlerts {
  /** The same events, which are also told. */
  readonly events: Events;
  readonly #options: GatewayAlertsOptions;
  readonly #createId: () => string;
  readonly #alerts: Alerts;
  readonly #open = new OpenTroubles();
  readonly #sources = Promise.withResolvers<AlertSources>();
  /** By name of the listener. */
  readonly #certificates = new Map<string, Expiry>();
  #config: Config;
  #credentials: readonly Expiry[] = [];

  constructor(options: GatewayAlertsOptions) {
    const { config, clock, events, env } = options;
    this.#options = options;
    this.#createId = createIds(options.clock);
    this.#config = config;
    this.#alerts = new Alerts({
      ...{ clock, events, env, hostname: config.hostname, chance: Math.random },
      mail: (mail) => this.#mail(mail),
      hide: (text) => (config.log.addresses === 'hashed' ? hashAddressesIn(text) : text),
    });
    this.events = watchingEvents(events, {
      note: (signal) => this.#note(signal),
      ownClient: alertsClient,
      hasAccount: (connection) => hasAccount(this.#config.connections.get(connection)),
      isDirect: (listener) =>
        config.listeners.some(({ name, mode }) => name === listener && mode === 'direct'),
      onCertificate: (name, expiresAt) =>
        this.#certificates.set(name, { of: 'listener', name, expiresAt }),
    });
  }

  /** Begins to tell, and to look for what no event tells. */
  start(sources: AlertSources): void {
    const { clock, metrics } = this.#options;
    const { store, stack, policy } = sources;
    this.#sources.resolve(sources);
    this.configure(this.#options);
    stack.use(this.#alerts);
    const stopping = new AbortController();
    const watching = watchForTrouble(
      {
        store,
        clock,
        note: (signal) => this.#note(signal),
        noteAge: (oldestMs) => this.#alerts.noteAge(oldestMs),
        freeDisk: async () => (sources.isQueued ? await this.#freeDisk() : undefined),
        expiries: () => this.expiries(),
        onLanes: (lanes) => showPauses(lanes, { policy: policy(), metrics }),
      },
      stopping,
    );
    stack.defer(async () => {
      stopping.abort();
      await watching;
    });
  }

  /** Another configuration is in force. */
  configure({ config, secrets }: LoadedConfig): void {
    this.#config = config;
    this.#credentials = expiriesOf(config, secrets);
    for (const { name: connection, expiresAt } of this.#credentials) {
      const metric = 'credential_expiry_timestamp_seconds';
      this.#options.metrics.set(metric, { connection }, expiresAt / 1000);
    }
    this.#options.metrics.set('store_min_free_ratio', {}, config.queue.full.freeDiskShare);
    this.#alerts.configure(
      config.alerts.map((alert, position) => ({ config: alert, url: secrets.alertUrl(position) })),
    );
  }

  /** Ends of credentials and of the listeners' certificates, as far as they are known. */
  expiries(): readonly Expiry[] {
    return [...this.#credentials, ...this.#certificates.values()];
  }

  /** What is wrong just now, worst first. */
  troubles(): readonly OpenTrouble[] {
    return this.#open.list();
  }

  #note(signal: AlertSignal): void {
    this.#open.note(signal, this.#options.clock.now());
    this.#alerts.note(signal);
  }

  async #mail(mail: AlertMail): Promise<void> {
    const { store, policy, onMail } = await this.#sources.promise;
    const now = this.#options.clock.now();
    await sendAlertMail(mail, {
      ...{ store, mime, now, policy: policy(), hostname: this.#options.config.hostname },
      id: this.#createId(),
    });
    onMail();
  }

  async #freeDisk(): Promise<FreeDisk | undefined> {
    const { queue } = this.#config;
    const space = await freeSpaceOf(queue);
    return space && { ...space, leastShare: queue.full.freeDiskShare };
  }
}

function hasAccount(connection: ConnectionConfig | undefined): boolean {
  return connection?.type === 'graph' && connection.account !== undefined;
}

/** What is known of the ends of credentials; a certificate that cannot be read has its own alert when it is used. */
export function expiriesOf({ connections }: Config, secrets: Secrets): readonly Expiry[] {
  return [...connections.values()].flatMap((connection) => {
    const expiresAt = connection.type === 'graph' ? expiryOf(connection, secrets) : undefined;
    return expiresAt === undefined
      ? []
      : [{ of: 'connection' as const, name: connection.name, expiresAt }];
  });
}

function expiryOf(
  { name, credential }: GraphConnectionConfig,
  secrets: Secrets,
): number | undefined {
  if (credential.kind === 'secret') return credential.expiresAt;
  return certificateOf(credential, secrets.passphrase(name))?.validToDate.getTime();
}

/** Undefined for one that cannot be read, and where there is none. */
function certificateOf(
  credential: CredentialConfig,
  passphrase?: string,
): X509Certificate | undefined {
  try {
    if (credential.kind === 'pfx')
      return readPfxCertificate(readFileSync(credential.file), passphrase);
    if (credential.kind !== 'certificate') return undefined;
    return new X509Certificate(readFileSync(credential.certFile));
  } catch {
    return undefined;
  }
}

/** How many lanes of each connection are paused. Connections that share an app share its lanes. */
function showPauses(
  lanes: readonly LaneSummary[],
  { policy, metrics }: { readonly policy: Policy; readonly metrics: Metrics },
): void {
  const paused = lanes.filter(({ pausedUntil }) => pausedUntil !== undefined);
  for (const { name, laneIdentity } of policy.connections.values()) {
    const count = paused.filter(({ lane }) => isLaneOf(lane, laneIdentity)).length;
    metrics.set('lanes_throttled', { connection: name }, count);
  }
}
