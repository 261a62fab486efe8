// Holds requests against an OpenAPI description: its paths, media types and JSON schemas, as far as Graph's use them.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A part of the description; nothing of it is believed. */
type Node = Readonly<Record<string, unknown>>;

export interface ApiRequest {
  readonly method: string;
  /** From the version on, such as `/users/ann%40contoso.com/sendMail`; without a query. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

export interface OpenApi {
  /** What the description does not allow, each with its place; empty when all is well. */
  faultsOf(request: ApiRequest): readonly string[];
}

export function readOpenApi(file: string): OpenApi {
  const root = nodeOf(parse(readFileSync(file, 'utf8')));
  return { faultsOf: (request) => requestFaults(request, root) };
}

function requestFaults({ method, path, contentType, body }: ApiRequest, root: Node) {
  const paths = Object.entries(nodeOf(root['paths']));
  const found = paths.find(([template]) => toPattern(template).test(path));
  const operation = nodeOf(found?.[1])[method.toLowerCase()];
  if (operation === undefined) return [`${method} ${path} is not described`];
  const content = nodeOf(nodeOf(nodeOf(operation)['requestBody'])['content']);
  if (contentType === undefined) return body.length === 0 ? [] : ['A body without Content-Type'];
  const media = content[contentType];
  if (media === undefined) return [`${path} takes no ${contentType}`];
  if (contentType !== 'application/json') return [];
  const value: unknown = JSON.parse(Buffer.from(body).toString());
  return valueFaults(value, nodeOf(media)['schema'], { root, place: '$' });
}

function toPattern(template: string): RegExp {
  const escaped = template.replaceAll(/[.$()]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
}

interface Context {
  readonly root: Node;
  readonly place: string;
}

function valueFaults(value: unknown, schema: unknown, context: Context): readonly string[] {
  const { root, place } = context;
  const parts = flatten(schema, root);
  if (value === null)
    return parts.some((part) => part['nullable'] === true) ? [] : [`${place}: null`];
  const shallow = parts.flatMap((part) => shallowFaults(value, part, place));
  if (shallow.length > 0) return shallow;
  if (Array.isArray(value)) {
    const items = parts.find((part) => part['items'] !== undefined)?.['items'];
    return value.flatMap((item, at) =>
      valueFaults(item, items, { root, place: `${place}[${at}]` }),
    );
  }
  return typeof value === 'object' ? objectFaults(nodeOf(value), parts, context) : [];
}

/** A name that no part knows is a fault: Graph answers 400 to it. */
function objectFaults(value: Node, parts: readonly Node[], { root, place }: Context) {
  const known = new Map(parts.flatMap((part) => Object.entries(nodeOf(part['properties']))));
  const missing = parts
    .flatMap((part) => listOf(part['required']))
    .filter((name) => typeof name === 'string' && !(name in value));
  const faults = Object.entries(value).flatMap(([name, each]) =>
    known.has(name)
      ? valueFaults(each, known.get(name), { root, place: `${place}.${name}` })
      : [`${place}.${name}: not described`],
  );
  return [...missing.map((name) => `${place}: without ${String(name)}`), ...faults];
}

function shallowFaults(value: unknown, part: Node, place: string): readonly string[] {
  const type = typeof part['type'] === 'string' ? part['type'] : undefined;
  if (
    type !== undefined &&
    type !== typeOf(value) &&
    !(type === 'number' && typeOf(value) === 'integer')
  )
    return [`${place}: ${typeOf(value)} in place of ${type}`];
  const values = listOf(part['enum']);
  if (values.length > 0 && !values.includes(value)) return [`${place}: ${String(value)}`];
  const pattern = part['pattern'];
  const fits = typeof pattern !== 'string' || new RegExp(pattern, 'u').test(String(value));
  return fits ? [] : [`${place}: not of the form ${String(pattern)}`];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

/** The schema with what it refers to; a derived type is taken where the discriminator would ask for it. */
function flatten(schema: unknown, root: Node): readonly Node[] {
  const node = nodeOf(schema);
  const reference = node['$ref'];
  const referred = typeof reference === 'string' ? flatten(resolve(reference, root), root) : [];
  const mapping = Object.values(nodeOf(nodeOf(node['discriminator'])['mapping']));
  const derived = mapping.flatMap((each) =>
    typeof each === 'string' ? listOf(resolve(each, root)['allOf']).slice(1) : [],
  );
  const all = [...listOf(node['allOf']), ...derived].flatMap((each) => flatten(each, root));
  return [node, ...referred, ...all];
}

function resolve(reference: string, root: Node): Node {
  const names = reference.replace(/^#\//, '').split('/');
  return names.reduce((node, name) => nodeOf(node[name]), root);
}

function nodeOf(value: unknown): Node {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
