// Parts of a configuration, as the documentation shows them, put into a whole one for the loader.
import { parse, stringify } from 'yaml';
import { formatFault } from '../../src/config/fault.ts';
import { createEditorSchema } from '../../src/config/editor-schema.ts';
import { loadConfig } from '../../src/config/load.ts';

type Block = Readonly<Record<string, unknown>>;

const topKeys = new Set(Object.keys(createEditorSchema().properties ?? {}));

const connectionKeys = new Set([
  ...['type', 'cloud', 'tenant', 'clientId', 'credential', 'account', 'redirectUri', 'sendAs'],
  ...['saveToSentItems', 'largeMessages', 'requestLimit', 'limits', 'mime', 'from'],
]);

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Top-level blocks, connections by their names, or what stands in one. */
export function isFragment(value: unknown): boolean {
  return isBlock(value) && wholeOf(value) !== undefined;
}

/** What the loader says of it within a whole file. */
export function faultsOfFragment(text: string): readonly string[] {
  const fragment: unknown = parse(withoutEllipses(text));
  const whole = isBlock(fragment) ? wholeOf(fragment) : undefined;
  if (whole === undefined) return ['is no part of a configuration'];
  const yaml = stringify(complete(whole));
  const readFile = (path: string) => (path.endsWith('graphpost.yaml') ? yaml : contentOf(path));
  const loading = loadConfig('/docs/graphpost.yaml', { env: environmentOf(yaml), readFile });
  return loading.kind === 'faulty' ? loading.faults.map(formatFault) : [];
}

/** Of a secret, by its name. */
function contentOf(path: string): string {
  return path.endsWith('url') ? 'https://example.com/hook' : 'sixteen-characters-and-more';
}

function wholeOf(fragment: Block): Block | undefined {
  const keys = Object.keys(fragment);
  if (keys.every((key) => topKeys.has(key))) return fragment;
  if (keys.every((key) => connectionKeys.has(key))) {
    return { connections: { main: { ...app, ...fragment } } };
  }
  const areConnections = Object.values(fragment).every(
    (value) => isBlock(value) && 'type' in value,
  );
  return areConnections ? { connections: fragment } : undefined;
}

const guid = '01234567-89ab-cdef-0123-456789abcdef';
const app = {
  type: 'graph',
  tenant: 'contoso.onmicrosoft.com',
  clientId: guid,
  credential: { secret: 'sixteen-characters-and-more' },
};

/** What a page leaves out because it does not matter there. */
function withoutEllipses(text: string): string {
  const hash =
    '$scrypt$ln=14,r=8,p=1$c29tZXRoaW5nIHNhbHR5IQ$xfWQ7SeUdLoyVQVQ+7ttoQ9BLXbaLxDqZDGg3QvOcFM';
  return text
    .replaceAll('$scrypt$ln=14,r=8,p=1$…', () => hash)
    .replaceAll('clientId: …', `clientId: ${guid}`)
    .replaceAll('credential: …', 'credential: { secret: sixteen-characters-and-more }')
    .replaceAll(/https:\/\/…/g, 'https://example.com/')
    .replaceAll(/(key|password|username): …/g, '$1: sixteen-characters-and-more');
}

/** With the connections and clients that it names. */
function complete(whole: Block): Block {
  const given = isBlock(whole['connections']) ? whole['connections'] : {};
  const named = namesUnder(whole, new Set(['via', 'backup', 'oauth2']));
  const missing = [...new Set([...named, 'main'])].filter((name) => !(name in given));
  const connections = {
    ...given,
    ...Object.fromEntries(missing.map((name) => [name, app])),
  };
  const anybody = [{ name: 'apps', networks: ['10.0.0.0/8'], senders: ['*'] }];
  return {
    clients: anybody,
    default: { send: { via: 'main' } },
    ...cacheFor(connections),
    ...whole,
    connections,
  };
}

function cacheFor(connections: Block): Block {
  const hasAccount = Object.values(connections).some(
    (value) => isBlock(value) && 'account' in value,
  );
  return hasAccount ? { tokenCache: { file: 'tokens', key: 'sixteen-characters-and-more' } } : {};
}

function namesUnder(value: unknown, keys: ReadonlySet<string>): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => namesUnder(item, keys));
  if (!isBlock(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    keys.has(key) ? textsOf(inner) : namesUnder(inner, keys),
  );
}

function textsOf(value: unknown): readonly string[] {
  return [value].flat().flatMap((item) => (typeof item === 'string' ? [item] : []));
}

/** Every variable that it names, with a value that fits its name. */
function environmentOf(yaml: string): Record<string, string> {
  const names = [...yaml.matchAll(/\$\{([A-Z][A-Z0-9_]*)/g)].map(([, name = '']) => name);
  return Object.fromEntries(
    names.map((name) => {
      if (name.endsWith('CLIENT_ID')) return [name, guid];
      return [name, name.endsWith('FILE') ? '/run/token' : 'contoso.onmicrosoft.com'];
    }),
  );
}
