// Renders docs/configuration.md: the rules of the file, and a table of every key from its schema.
import { createJsonSchema, definitionOf, type JsonSchema } from '../src/config/json-schema.ts';
import { restartKeys } from '../src/config/restart-keys.ts';
import { formatTable } from '../src/telemetry/markdown-table.ts';

const root = createJsonSchema();

/** Definitions that have a section of their own. */
const sections = new Map([
  ['from', 'from'],
  ['condition', 'conditions'],
]);

export function renderConfigurationPage(): string {
  return [
    introduction,
    renderTopLevel(),
    ...Object.entries(root.properties ?? {}).map(([key, schema]) => renderBlock(key, schema)),
    renderConditions(),
  ].join('\n');
}

const introduction = `# Configuration

<!-- Generated from src/config by \`npm run docs\`. -->

One YAML file, looked for in this order: \`--config F\`, \`GRAPHPOST_CONFIG\`, \`./config/graphpost.yaml\`,
\`/etc/graphpost/graphpost.yaml\`. \`graphpost check\` names every fault of a file at once.
[config/example.yaml](../config/example.yaml) shows the keys in use; the first line of a file may give the
editor its schema: \`# yaml-language-server: $schema=./graphpost.schema.json\`.

## Rules of the file

- \`\${NAME}\`, \`\${NAME:-default}\` and \`\${file:/path}\` are expanded in values, after the YAML is parsed: no value
  changes the structure of the file. The default is used where the variable is unset or empty; a variable that
  is unset and has no default is a fault. One line break at the end of a file is dropped. \`$\${\` stands for \`\${\`.
- A key with no value, or with one that expands to nothing, counts as absent.
- What is expanded unquoted is typed like any other value (\`8025\` is a number); in quotes it stays text. Where a
  text is wanted, a number is taken as it is written.
- Relative paths start in the folder of the configuration file.
- Sizes: \`MB\` is 1,000,000 bytes and \`MiB\` 1,048,576, likewise \`k\` and \`G\`; a plain number is bytes. Durations:
  \`500ms\`, \`30s\`, \`5m\`, \`2h\`, \`2d\`. Addresses: \`host:port\`, \`[::1]:25\`.
- Unknown keys and keys that stand twice are faults.
- Secrets are never printed: not in faults, logs, metrics or pages.

## Changing it while the gateway runs

A changed file is taken up by itself, and at SIGHUP; so are the files that it names in \`\${file:…}\`, and certificates
of connections. All of it is checked first: a file with a fault changes nothing, the log names every fault
(\`config.refused\`), and \`graphpost_config_last_reload_successful\` is 0. Mail that was accepted keeps its route; where
the connection of that route is gone, it waits until it is back. What waits over a connection that was changed is
tried at once. These keys take a restart, and a changed one is named in the log (\`config.warning\`): ${restartKeys
  .map((key) => `\`${key}\``)
  .join(', ')}.
`;

function renderTopLevel(): string {
  const rows = Object.entries(root.properties ?? {}).map(([key, schema]) => {
    const name = isSection(schema) ? `[\`${key}\`](#${key.toLowerCase()})` : `\`${key}\``;
    return [name, typeOf(schema), defaultOf(schema, isRequired(root, key)), meaningOf(schema)];
  });
  return `## Keys\n\n${formatTable(head, rows)}`;
}

const head = ['Key', 'Type', 'Default', 'Meaning'];

function renderBlock(key: string, schema: JsonSchema): string {
  if (!isSection(schema)) return '';
  const title = `## ${key}\n\n${meaningOf(schema)}\n`;
  const alternatives = schema.additionalProperties ? schema.additionalProperties.oneOf : undefined;
  if (alternatives === undefined) return `${title}\n${renderKeys(schema)}`;
  const parts = alternatives.map((part) => `### type: ${part.title}\n\n${renderKeys(part)}`);
  return [title, ...parts].join('\n');
}

function renderKeys(schema: JsonSchema): string {
  return formatTable(head, rowsOf(schema.items ?? dereference(schema), ''));
}

/** A row for each key of a block, and below it those of the blocks in it. */
function rowsOf(block: JsonSchema, prefix: string): string[][] {
  return Object.entries(block.properties ?? {}).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`;
    const row = [
      `\`${name}\``,
      typeOf(schema),
      defaultOf(schema, isRequired(block, key)),
      meaningOf(schema),
    ];
    return [row, ...rowsOf(schema.items ?? schema, `${name}${schema.items ? '[]' : ''}.`)];
  });
}

function renderConditions(): string {
  const condition = definitionOf(root, '#/definitions/condition');
  const tests = definitionOf(root, '#/definitions/headerTests');
  const properties = Object.entries(condition?.properties ?? {}).map(([key, schema]) => [
    `\`${key}\``,
    typeOf(schema),
    schema.description ?? '',
  ]);
  const header = ['`header.<Name>`', 'tests of a text or number', 'Fields of that name.'];
  const operators = Object.entries(tests?.properties ?? {}).map(([key, schema]) => [
    `\`${key}\``,
    typeOf(schema),
    schema.description ?? '',
  ]);
  return [
    conditionRules,
    formatTable(['Key', 'Type', 'Meaning'], [...properties, header]),
    '### Operators\n',
    formatTable(['Operator', 'Type', 'It holds where'], operators),
  ].join('\n');
}

const conditionRules = `## conditions

Every property that a block names must hold, and every operator that stands with it. Conditions see the mail as it
was received, decoded. With several values an operator needs one that matches; \`isNot\` and \`notContains\` need none
that does, and hold where there is no value. Case is ignored, unless \`case: true\` stands beside the operator.
\`client.address\` takes networks in \`in\`; sizes, counts and numeric header fields take \`over\` and \`under\`.
`;

/** Blocks have a section; single values stand in the first table alone. */
function isSection(schema: JsonSchema): boolean {
  const block = dereference(schema.items ?? schema);
  return block.properties !== undefined || Boolean(block.additionalProperties);
}

function typeOf(schema: JsonSchema): string {
  const section = sections.get(referenceOf(schema)?.replace('#/definitions/', '') ?? '');
  if (section !== undefined) return `[${section}](#${section.toLowerCase()})`;
  const {
    title,
    items,
    const: only,
    enum: choices,
    additionalProperties,
    type,
  } = dereference(schema);
  if (items !== undefined) return `list of ${plural(typeOf(items))}`;
  if (only !== undefined) return `\`${only}\``;
  if (title !== undefined) return title;
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (additionalProperties) return 'map';
  return typeNames.get(type ?? '') ?? unionOf(schema);
}

/** Choices and links stay as they are. */
function plural(type: string): string {
  return /[a-rt-z]$/.test(type) ? `${type}s` : type.replace(/s$/, 'ses');
}

const typeNames = new Map([
  ['object', 'block'],
  ['integer', 'whole number'],
  ['number', 'number'],
  ['boolean', '`true`, `false`'],
  ['string', 'text'],
]);

function unionOf({ anyOf = [] }: JsonSchema): string {
  return anyOf.map(typeOf).join(' or ');
}

function meaningOf(schema: JsonSchema): string {
  return schema.description ?? dereference(schema).description ?? '';
}

function defaultOf({ default: value }: JsonSchema, required: boolean): string {
  if (required) return 'required';
  const isNothing = value === undefined || ['{}', '[]'].includes(JSON.stringify(value));
  return isNothing ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function isRequired(block: JsonSchema, key: string): boolean {
  return block.required?.includes(key) ?? false;
}

function dereference(schema: JsonSchema): JsonSchema {
  const reference = referenceOf(schema);
  return reference === undefined ? schema : (definitionOf(root, reference) ?? schema);
}

function referenceOf(schema: JsonSchema): string | undefined {
  return schema.$ref ?? schema.allOf?.[0]?.$ref;
}
