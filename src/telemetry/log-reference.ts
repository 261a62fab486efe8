// Renders docs/log.md from the data of log-events.ts.
import { logEvents, logKeys, logNotices, type LogKeyName } from './log-events.ts';
import { formatTable } from './markdown-table.ts';

/** The page as Markdown. */
export function renderLogReference(): string {
  return [introduction, renderEvents(), renderNotices(), renderKeys()].join('\n');
}

const introduction = `# Log

<!-- Generated from src/telemetry by \`npm run docs\`. -->

One JSON object per line on standard output, or one readable line per event on a terminal (\`log.format\`).
Every line has \`time\` (ISO 8601, UTC), \`level\` and \`event\`; lines about a message have its queue \`id\`. The
keys of an event never change their meaning; those that do not apply are left out.

\`log.addresses: hashed\` writes the local part of each address as the first 12 hexadecimal digits of the
SHA-256 of the whole address in lower case: \`7f3ff7ba5a06@example.com\`. To find a person's lines, hash the
address: \`printf %s app@example.com | sha256sum\`.

Subjects, bodies, passwords and tokens are never logged. Long texts are cut and end in \`…\`.
`;

function renderEvents(): string {
  const sections = Object.entries(logEvents).map(([name, event]) =>
    [
      `### ${name}\n`,
      `${event.meaning} Level: ${event.level}.\n`,
      `- Always: ${codeList(event.always)}`,
      ...(event.sometimes.length > 0 ? [`- Where it applies: ${codeList(event.sometimes)}`] : []),
      '',
    ].join('\n'),
  );
  return ['## Events\n', ...sections].join('\n');
}

function renderNotices(): string {
  const rows = Object.entries(logNotices).map(([name, meaning]) => [`\`${name}\``, meaning]);
  return [
    '## Notices\n',
    'What the gateway has to say of itself, at level info or warn: lines with the key `text`.\n',
    formatTable(['Event', 'Meaning'], rows),
  ].join('\n');
}

function renderKeys(): string {
  const rows = Object.entries(logKeys).map(([name, key]) => [
    `\`${name}\``,
    jsonTypes[key.type],
    key.meaning,
  ]);
  return `## Keys\n\n${formatTable(['Key', 'Type', 'Meaning'], rows)}`;
}

const jsonTypes = {
  text: 'string',
  prose: 'string',
  address: 'string',
  number: 'number',
  list: 'array of strings',
  addresses: 'array of strings',
} as const;

function codeList(keys: readonly LogKeyName[]): string {
  return keys.map((key) => `\`${key}\``).join(', ');
}
