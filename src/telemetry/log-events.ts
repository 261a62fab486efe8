// What the log says: every event with its level and keys, as data from which types, lines and docs/log.md are made.

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/**
 * What a key holds. `address` and `addresses` are hashed whole where the configuration asks for it,
 * `prose` has the addresses inside it hashed, `text` is left alone.
 */
type KeyType = 'text' | 'prose' | 'address' | 'number' | 'list' | 'addresses';

interface LogKey {
  readonly type: KeyType;
  readonly meaning: string;
}

/** Keys mean the same wherever they stand. */
export const logKeys = {
  id: { type: 'text', meaning: 'Queue id of the message, as in the 250' },
  delivery: {
    type: 'text',
    meaning: 'Id of the delivery: one message over one route, to recipients that fit one send',
  },
  report: { type: 'text', meaning: 'Queue id of the report that tells the sender' },
  messageId: { type: 'text', meaning: 'Message-ID of the message, with its angle brackets' },
  reusedMessageId: {
    type: 'text',
    meaning:
      'Message-ID that the client gave, and had used for another message: `messageId` replaces it',
  },
  listener: { type: 'text', meaning: 'Name of the listener' },
  ip: { type: 'text', meaning: 'IP address of the client' },
  session: { type: 'text', meaning: 'Id of the SMTP connection, from the greeting to the end' },
  client: { type: 'text', meaning: 'Name of the client in the configuration' },
  mechanism: { type: 'text', meaning: 'SASL mechanism' },
  username: { type: 'address', meaning: 'The name that was given to log in with' },
  from: { type: 'address', meaning: 'Reverse-path (MAIL FROM); `<>` when it is null' },
  headerFrom: {
    type: 'address',
    meaning: 'Address in the From field, as received; empty when it had none',
  },
  to: { type: 'addresses', meaning: 'Forward-paths (RCPT TO): the first 100' },
  recipients: { type: 'number', meaning: 'How many forward-paths there are' },
  sendAs: { type: 'address', meaning: 'The Exchange mailbox that the message leaves from' },
  route: { type: 'text', meaning: 'Name of the route' },
  routes: { type: 'list', meaning: 'Names of the routes that its recipients took' },
  connection: { type: 'text', meaning: 'Name of the connection' },
  lane: { type: 'prose', meaning: 'The lane: the app, and the mailbox that mail leaves from' },
  sizeBytes: { type: 'number', meaning: 'Size of the message as stored' },
  receivedBytes: { type: 'number', meaning: 'How much had come before the client vanished' },
  stage: { type: 'text', meaning: 'Where in the dialogue: connect, auth, mail, rcpt or data' },
  attempt: { type: 'number', meaning: 'Number of the attempt, from 1' },
  outcome: { type: 'text', meaning: 'delivered, deferred, failed or unsure' },
  state: { type: 'text', meaning: 'State of the delivery afterwards' },
  status: { type: 'text', meaning: 'Enhanced status code (RFC 3463)' },
  reason: { type: 'text', meaning: 'Why not, in one word of a closed set' },
  diagnostic: { type: 'prose', meaning: 'Why not, in a sentence' },
  hold: {
    type: 'text',
    meaning:
      'How far a fault reaches that an administrator must mend: connection, lane, originator, largeMessages or message',
  },
  errorCode: { type: 'text', meaning: "Microsoft's error code" },
  httpStatus: { type: 'number', meaning: 'HTTP status of the answer' },
  requestId: {
    type: 'text',
    meaning: "Graph's request-id, by which Microsoft's support finds a request",
  },
  operation: { type: 'text', meaning: 'What was asked of Graph' },
  code: { type: 'text', meaning: 'HTTP status, `network` or `timeout`' },
  result: { type: 'text', meaning: 'What came of it, in one word of a closed set' },
  messages: { type: 'number', meaning: 'How many messages the commit made durable' },
  by: {
    type: 'text',
    meaning: 'How somebody showed that he may: token, session, sandbox (nothing is asked) or cli',
  },
  channel: {
    type: 'text',
    meaning: 'By what those who watch are told: webhook, slack, teams or email',
  },
  alerts: { type: 'number', meaning: 'Of how many troubles a message tells' },
  action: { type: 'text', meaning: 'What an operator did' },
  what: { type: 'prose', meaning: 'The deliveries that an operator meant' },
  deliveries: { type: 'number', meaning: 'For how many deliveries something changed' },
  delayMs: { type: 'number', meaning: 'Time since the message was accepted' },
  durationMs: { type: 'number', meaning: 'How long it took' },
  expires: { type: 'text', meaning: 'When the certificate expires (UTC)' },
  nextAt: { type: 'text', meaning: 'When the next attempt is due (UTC)' },
  where: { type: 'text', meaning: 'The part of the gateway that is at fault' },
  error: { type: 'prose', meaning: 'The error with its causes' },
  stack: { type: 'prose', meaning: 'Where it was thrown' },
  text: { type: 'prose', meaning: 'A sentence for people' },
} as const satisfies Record<string, LogKey>;

export type LogKeyName = keyof typeof logKeys;

interface LogEvent {
  /** In words, with the condition where there are two. */
  readonly level: string;
  readonly meaning: string;
  readonly always: readonly LogKeyName[];
  readonly sometimes: readonly LogKeyName[];
}

export const logEvents = {
  'smtp.connected': {
    level: 'debug',
    meaning: 'A client connected.',
    always: ['listener', 'ip'],
    sometimes: ['session'],
  },
  'smtp.disconnected': {
    level: 'debug',
    meaning: 'A connection ended.',
    always: ['listener', 'ip'],
    sometimes: ['session'],
  },
  'smtp.handshakeFailed': {
    level: 'debug',
    meaning: 'TLS could not be agreed on, or a PROXY header not be read.',
    always: ['listener', 'ip', 'diagnostic'],
    sometimes: [],
  },
  'smtp.certificate': {
    level: 'info',
    meaning: 'The certificate of a listener was read, and is used from now on.',
    always: ['listener', 'expires'],
    sometimes: [],
  },
  'smtp.login': {
    level: 'debug when it succeeded, else warn',
    meaning: 'A client tried to log in.',
    always: ['listener', 'ip', 'mechanism', 'username', 'result'],
    sometimes: ['session'],
  },
  'smtp.refused': {
    level: 'info; error when the reason is store or internal',
    meaning: 'A client was told no. The diagnostic has the cause, which the client does not get.',
    always: ['listener', 'ip', 'stage', 'reason', 'status', 'diagnostic'],
    sometimes: ['session', 'id', 'client'],
  },
  'smtp.vanished': {
    level: 'info',
    meaning: 'A client vanished inside DATA: nothing of its message was kept.',
    always: ['listener', 'ip', 'receivedBytes'],
    sometimes: ['session'],
  },
  'message.accepted': {
    level: 'info',
    meaning:
      'A message is durable in the store (of a direct listener: the next hop has it), and its client gets the 250.',
    always: [
      'id',
      'listener',
      'client',
      'ip',
      'from',
      'headerFrom',
      'to',
      'recipients',
      'routes',
      'sizeBytes',
      'messageId',
      'durationMs',
    ],
    sometimes: ['session', 'username', 'reusedMessageId'],
  },
  'message.discarded': {
    level: 'info',
    meaning: 'Recipients took a route that drops.',
    always: ['id', 'route', 'client', 'to', 'recipients'],
    sometimes: [],
  },
  'delivery.attempted': {
    level: 'info when delivered or throttled, error when it failed for good, else warn',
    meaning: 'One attempt to hand a message to the next hop ended.',
    always: [
      'id',
      'delivery',
      'messageId',
      'client',
      'from',
      'headerFrom',
      'to',
      'recipients',
      'route',
      'connection',
      'attempt',
      'outcome',
      'status',
      'state',
      'delayMs',
      'durationMs',
    ],
    sometimes: [
      'sendAs',
      'reason',
      'diagnostic',
      'hold',
      'errorCode',
      'httpStatus',
      'requestId',
      'nextAt',
    ],
  },
  'message.reported': {
    level: 'info',
    meaning:
      'A report for the sender was put into the queue, or sent where a listener is direct (result failed or relayed), or none is made after all (dismissed).',
    always: ['id', 'delivery', 'result'],
    sometimes: ['report', 'from'],
  },
  'delivery.lookedFor': {
    level: 'info',
    meaning:
      'A message that may have been sent was searched for in the mailbox, and nothing proved that it was.',
    always: ['id', 'delivery', 'connection', 'messageId', 'result'],
    sometimes: ['nextAt'],
  },
  'hold.began': {
    level: 'error',
    meaning:
      'An administrator must mend something. What shares the cause waits, and one message tries now and then; there is no further line until it is over.',
    always: ['connection', 'hold', 'diagnostic'],
    sometimes: ['lane', 'headerFrom'],
  },
  'hold.ended': {
    level: 'info',
    meaning:
      'What waited together goes on: an attempt has shown that the fault is mended (`mended`), the configuration was read again (`reloaded`), or nothing was left that waited (`abandoned`).',
    always: ['connection', 'hold', 'result', 'durationMs'],
    sometimes: ['lane', 'headerFrom'],
  },
  'breaker.changed': {
    level: 'error when it opened, else info',
    meaning:
      'A connection met trouble of its own again and again: its mail goes to backups where its route has some, and a probe now and then tries it. Or it works again.',
    always: ['connection', 'result'],
    sometimes: [],
  },
  'delivery.possibleDuplicate': {
    level: 'warn',
    meaning:
      'A message goes out again although its earlier attempt may have sent it; or the client of a direct listener sends it again.',
    always: ['id', 'connection', 'messageId'],
    sometimes: [],
  },
  'graph.request': {
    level: 'debug',
    meaning: 'A request to Graph ended.',
    always: ['connection', 'operation', 'code', 'durationMs'],
    sometimes: ['requestId'],
  },
  'token.requested': {
    level: 'debug when it succeeded, else warn',
    meaning: 'Entra was asked for an access token.',
    always: ['connection', 'result'],
    sometimes: ['diagnostic'],
  },
  'store.committed': {
    level: 'debug',
    meaning: 'The store made messages durable.',
    always: ['messages', 'durationMs'],
    sometimes: [],
  },
  'operator.acted': {
    level: 'info',
    meaning:
      'Somebody did something with the queue, from the page, the API or a command (on the file of a gateway that is stopped: on its standard error).',
    always: ['by', 'action', 'what', 'deliveries'],
    sometimes: [],
  },
  alert: {
    level: 'info when it was told, else debug',
    meaning: 'Those who watch were told of trouble (`told`), or could not be (`failed`).',
    always: ['channel', 'result', 'alerts'],
    sometimes: [],
  },
  fault: {
    level: 'error',
    meaning: 'A bug, or a part of the machine that fails. Nothing was lost.',
    always: ['where', 'error'],
    sometimes: ['id', 'stack'],
  },
} as const satisfies Record<string, LogEvent>;

/** What the gateway has to say of itself: lines with the key `text` alone. */
export const logNotices: Readonly<Record<string, string>> = {
  started: 'The gateway accepts mail.',
  stopping: 'The gateway was told to stop.',
  overloaded: 'New mail is not taken until there is room.',
  recovered: 'New mail is taken again.',
  'store.notDurable': 'The database may lose what it has acknowledged, by its settings.',
  'smtp.certificateKept':
    'The files of a certificate have changed, but cannot be used: the old one still is.',
  'config.warning': 'The configuration is valid, but may not mean what it says.',
  'alerts.failed':
    'An alert could not be given: it is tried again, with no further line until it is taken.',
  'alerts.recovered': 'Alerts can be given again.',
  'config.reloaded': 'The configuration was read again and is in force.',
  'config.refused': 'The changed configuration is wrong: the one before runs on.',
  'signIn.taken': 'Somebody has signed in for a connection, from the page or by the API.',
  'signIn.failed': 'A sign-in that was started from the page or by the API came to nothing.',
  'admin.loginRefused':
    'A wrong token was given to the page or the API: one line a minute, however many there are.',
};

export type LogEventName = keyof typeof logEvents;

interface KeyValues {
  readonly text: string;
  readonly prose: string;
  readonly address: string;
  readonly number: number;
  readonly list: readonly string[];
  readonly addresses: readonly string[];
}

type ValueOf<K extends LogKeyName> = KeyValues[(typeof logKeys)[K]['type']];
type Always<E extends LogEventName> = (typeof logEvents)[E]['always'][number];
type Sometimes<E extends LogEventName> = (typeof logEvents)[E]['sometimes'][number];

/** The keys of an event's line besides `time`, `level` and `event`. What is undefined is left out. */
export type LogLine<E extends LogEventName> = {
  readonly [K in Always<E>]: ValueOf<K>;
} & {
  readonly [K in Sometimes<E>]?: ValueOf<K> | undefined;
};
