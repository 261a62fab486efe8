// Every metric of the gateway, as data from which the registry, the label types and docs/metrics.md are made.
import { deliveryStates } from '../core/delivery.ts';
import type { Reason } from '../core/outcome.ts';
import type { GraphOperation, SmtpRefusalReason, SmtpStage } from '../relay/ports.ts';

/** Sets of label values that are known when the gateway runs: names of the configuration, versions. */
export type NameSet = 'listeners' | 'clients' | 'connections' | 'routes' | 'version' | 'node';

/** The closed set that a label's values come from; whatever else turns up becomes `other`. */
type LabelValues = NameSet | readonly string[];

interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence, without a full stop. */
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
  /** Upper bounds, in the unit of the name. */
  readonly buckets?: readonly number[];
  /** What every combination of labels starts with; absent: 0. `unset`: a series appears with its first value. */
  readonly startsAt?: number | 'unset';
  /** Where not all values of a label get a series at the start: those that do. */
  readonly startsWith?: Readonly<Record<string, readonly string[]>>;
}

const secondsOfADialogue = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const secondsOfARequest = secondsOfADialogue;
const secondsOfADelivery = [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];
const secondsOfACommit = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];

// Records, so that the compiler asks for what a union gains.
const failureReasons = Object.keys({
  network: true,
  timeout: true,
  server: true,
  throttled: true,
  quota: true,
  credential: true,
  permission: true,
  rule: true,
  mailbox: true,
  sendAsDenied: true,
  tooLarge: true,
  recipients: true,
  content: true,
  configuration: true,
  expired: true,
  cancelled: true,
  internal: true,
} satisfies Record<Reason, true>);

const refusalReasons = Object.keys({
  tlsRequired: true,
  rateLimited: true,
  unknownClient: true,
  tooManyConnections: true,
  loginRequired: true,
  badCredentials: true,
  senderNotAllowed: true,
  badAddress: true,
  tooManyRecipients: true,
  tooLarge: true,
  badContent: true,
  routing: true,
  store: true,
  timeout: true,
  shutdown: true,
  nextHop: true,
  internal: true,
} satisfies Record<SmtpRefusalReason, true>);

const smtpStages = Object.keys({
  connect: true,
  auth: true,
  mail: true,
  rcpt: true,
  data: true,
} satisfies Record<SmtpStage, true>);

const graphOperations = Object.keys({
  send_mail: true,
  create_draft: true,
  create_upload_session: true,
  upload_chunk: true,
  add_attachment: true,
  send_draft: true,
  delete_draft: true,
  look_up: true,
} satisfies Record<GraphOperation, true>);

const httpStatuses = [
  '200 201 202 204 301 302 307 308',
  '400 401 403 404 405 406 408 409 410 411 412 413 415 416 422 423 429',
  '500 501 502 503 504 507 509',
].flatMap((statuses) => statuses.split(' '));

/** By name without the prefix. */
const metricDefinitions = {
  smtp_connections_total: {
    type: 'counter',
    help: 'SMTP connections, by whether they were let in',
    labels: { listener: 'listeners', result: ['accepted', 'refused'] },
  },
  smtp_connections_active: {
    type: 'gauge',
    help: 'SMTP connections that are open',
    labels: { listener: 'listeners' },
  },
  smtp_handshake_failures_total: {
    type: 'counter',
    help: 'Connections that ended before the greeting or at STARTTLS: no TLS was agreed on, or a PROXY header could not be read',
    labels: { listener: 'listeners' },
  },
  tls_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate of a listener expires',
    labels: { listener: 'listeners' },
    startsAt: 'unset',
  },
  smtp_auth_attempts_total: {
    type: 'counter',
    help: 'Attempts to log in',
    labels: {
      listener: 'listeners',
      mechanism: ['PLAIN', 'LOGIN'],
      result: ['success', 'badCredentials', 'locked', 'error'],
    },
  },
  smtp_rejections_total: {
    type: 'counter',
    help: 'Replies that told a client no, by where in the dialogue and why',
    labels: {
      listener: 'listeners',
      stage: smtpStages,
      reason: refusalReasons,
    },
  },
  smtp_transaction_duration_seconds: {
    type: 'histogram',
    help: 'Time from the start of a message that was accepted to its 250',
    labels: { listener: 'listeners' },
    buckets: secondsOfADialogue,
  },
  messages_received_total: {
    type: 'counter',
    help: 'Messages that were accepted',
    labels: { listener: 'listeners', client: 'clients' },
  },
  messages_delivered_total: {
    type: 'counter',
    help: 'Deliveries for which the next hop took responsibility',
    labels: { connection: 'connections', transport: ['mime', 'json', 'draft', 'smtp'] },
  },
  messages_failed_total: {
    type: 'counter',
    help: 'Deliveries that ended without success',
    labels: { connection: 'connections', reason: failureReasons },
  },
  messages_discarded_total: {
    type: 'counter',
    help: 'Messages, or parts of them, that a route dropped',
    labels: { route: 'routes' },
  },
  delivery_attempts_total: {
    type: 'counter',
    help: 'Attempts to hand a message to the next hop; throttled ones do not count against a message',
    labels: {
      connection: 'connections',
      result: ['delivered', 'deferred', 'throttled', 'failed', 'unsure'],
    },
  },
  holds: {
    type: 'gauge',
    help: 'Faults that an administrator must mend and that hold mail together, by how far they reach',
    labels: {
      connection: 'connections',
      scope: ['connection', 'lane', 'originator', 'largeMessages'],
    },
  },
  delivery_latency_seconds: {
    type: 'histogram',
    help: 'Time from acceptance to delivery',
    labels: { connection: 'connections' },
    buckets: secondsOfADelivery,
  },
  possible_duplicates_total: {
    type: 'counter',
    help: 'Messages that went out again although an earlier attempt may have sent them',
    labels: { connection: 'connections' },
  },
  reports_total: {
    type: 'counter',
    help: 'Ends of deliveries that senders were told of, by what was told; dismissed: nobody was to be told after all',
    labels: { result: ['failed', 'relayed', 'dismissed'] },
  },
  route_matches_total: {
    type: 'counter',
    help: 'Messages of which at least one recipient took the route',
    labels: { route: 'routes' },
  },
  queue_messages: {
    type: 'gauge',
    help: 'Deliveries in the store, by state',
    labels: { state: deliveryStates },
  },
  queue_bytes: {
    type: 'gauge',
    help: 'Bytes of message bodies in the store',
    labels: {},
  },
  queue_oldest_message_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest message that still waits; 0 when none does',
    labels: {},
  },
  store_commit_duration_seconds: {
    type: 'histogram',
    help: 'Time that a commit of the store took, to durability',
    labels: {},
    buckets: secondsOfACommit,
  },
  store_free_bytes: {
    type: 'gauge',
    help: 'Free bytes on the file system of the store',
    labels: {},
  },
  store_size_bytes: {
    type: 'gauge',
    help: 'Size of the file system of the store',
    labels: {},
  },
  store_min_free_ratio: {
    type: 'gauge',
    help: 'Share of the file system of the store below which no mail is taken (queue.full.freeDisk)',
    labels: {},
  },
  graph_requests_total: {
    type: 'counter',
    help: 'Requests to Graph that ended, by HTTP status, or network or timeout',
    labels: {
      connection: 'connections',
      operation: graphOperations,
      code: [...httpStatuses, 'network', 'timeout'],
    },
    startsWith: { code: ['202', '429', '503', 'network', 'timeout'] },
  },
  graph_request_duration_seconds: {
    type: 'histogram',
    help: 'Time that a request to Graph took',
    labels: { connection: 'connections', operation: graphOperations },
    buckets: secondsOfARequest,
    startsAt: 'unset',
  },
  graph_requests_in_flight: {
    type: 'gauge',
    help: 'Requests to Graph under way',
    labels: { connection: 'connections' },
  },
  lanes_throttled: {
    type: 'gauge',
    help: 'Lanes whose mail waits because Microsoft 365 asked for it, or by the limits of the configuration; looked at every 30 seconds',
    labels: { connection: 'connections' },
  },
  credential_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the credential of a connection expires: the certificate, or what `expires` says of the secret',
    labels: { connection: 'connections' },
    startsAt: 'unset',
  },
  connection_up: {
    type: 'gauge',
    help: '0 when the last token or attempt failed by the fault of the connection itself, else 1',
    labels: { connection: 'connections' },
    startsAt: 1,
  },
  breaker_state: {
    type: 'gauge',
    help: '1 from the opening of the circuit breaker of a connection until a probe has shown that it works, else 0',
    labels: { connection: 'connections' },
  },
  token_requests_total: {
    type: 'counter',
    help: 'Requests for an access token',
    labels: { connection: 'connections', result: ['success', 'failure'] },
  },
  alerts_total: {
    type: 'counter',
    help: 'Messages to those who watch the gateway, by whether they were taken',
    labels: { channel: ['webhook', 'slack', 'teams', 'email'], result: ['told', 'failed'] },
  },
  config_last_reload_successful: {
    type: 'gauge',
    help: '1 when the last load of the configuration was taken up, 0 when it was refused',
    labels: {},
  },
  config_last_reload_success_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the last load of the configuration that was taken up',
    labels: {},
  },
  sandbox_connections: {
    type: 'gauge',
    help: 'Connections that send nothing: the built-in simulator',
    labels: {},
  },
  build_info: {
    type: 'gauge',
    help: 'Always 1; the labels say what runs',
    labels: { version: 'version', node: 'node' },
    startsAt: 1,
  },
} as const satisfies Record<string, MetricDefinition>;

type Definitions = typeof metricDefinitions;

export type MetricName = keyof Definitions;

/** The names of the metrics of one type. */
export type MetricOf<T extends MetricDefinition['type']> = {
  [N in MetricName]: Definitions[N]['type'] extends T ? N : never;
}[MetricName];

export type LabelsOf<N extends MetricName> = {
  readonly [L in keyof Definitions[N]['labels']]: string;
};

/** The definition without the literal types, for code that walks over all of them. */
export function definitionOf(name: MetricName): MetricDefinition {
  return metricDefinitions[name];
}

export const metricNames = Object.keys(metricDefinitions).filter(isMetricName);

function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(metricDefinitions, name);
}

/** All names as the scraper sees them. */
export function fullName(name: MetricName): string {
  return `graphpost_${name}`;
}
