// Holds requests against an OpenAPI description: its paths, media types and JSON schemas, as far as Graph's use them.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A part of the description; nothing of it is believed. */
export type Node = Readonly<Record<string, unknown>>;

export interface ApiDescription {
  readonly paths: Node;
}

export interface ApiRequest {
  readonly method: string;
  /** From the version on, such as `/users/ann%40contoso.com/sendMail`; with its query. */
  readonly path: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Uint8Array;
}

export interface OpenApi {
  /** What the description does not allow, each with its place; empty when all is well. */
  faultsOf(request: ApiRequest): readonly string[];
}

/** @param description a file of YAML, or what would stand in it */
export function readOpenApi(description: string | ApiDescription): OpenApi {
  const root = nodeOf(
    typeof description === 'string' ? parse(readFileSync(description, 'utf8')) : description,
  );
  return { faultsOf: (request) => requestFaults(request, root) };
}

function requestFaults(request: ApiRequest, root: Node): readonly string[] {
  const { method, body, headers } = request;
  const [path = '', query = ''] = request.path.split('?');
  const paths = Object.entries(nodeOf(root['paths']));
  const found = paths.find(([template]) => toPattern(template).test(path));
  const operation = nodeOf(nodeOf(found?.[1])[method.toLowerCase()]);
  if (Object.keys(operation).length === 0) return [`${method} ${path} is not described`];
  const parameters = listOf(operation['parameters']).map(nodeOf);
  const faults = parameterFaults(parameters, { headers, query: new URLSearchParams(query) });
  const content = nodeOf(nodeOf(operation['requestBody'])['content']);
  const field = headers['content-type'];
  const type = typeof field === 'string' ? field : undefined;
  if (type === undefined) return body.length === 0 ? faults : ['A body without Content-Type'];
  const media = content[type];
  if (media === undefined) return [`${path} takes no ${type}`];
  return [...faults, ...bodyFaults(body, { root, type, schema: nodeOf(media)['schema'] })];
}

function bodyFaults(
  body: Uint8Array,
  { root, type, schema }: { readonly root: Node; readonly type: unknown; readonly schema: unknown },
): readonly string[] {
  if (type === 'application/octet-stream') return [];
  const raw = Buffer.from(body).toString();
  const value: unknown = type === 'application/json' ? JSON.parse(raw) : raw;
  return valueFaults(value, schema, { root, place: '$' });
}

/** Those of the query are all described; of the fields of the header some are. */
function parameterFaults(
  parameters: readonly Node[],
  { headers, query }: Pick<ApiRequest, 'headers'> & { readonly query: URLSearchParams },
): readonly string[] {
  const known = new Set(parameters.map(({ name }) => name));
  const unknown = [...query.keys()].filter((name) => !known.has(name));
  const faults = parameters.flatMap(({ name, in: place, required, schema }) => {
    const value = place === 'header' ? headers[String(name)] : query.get(String(name));
    if (typeof value === 'string') return shallowFaults(value, nodeOf(schema), String(name));
    return required === true && place !== 'path' ? [`without ${String(name)}`] : [];
  });
  return [...unknown.map((name) => `${name}: not described`), ...faults];
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
    const mostItems = parts.find((part) => part['maxItems'] !== undefined)?.['maxItems'];
    if (typeof mostItems === 'number' && value.length > mostItems) return [`${place}: too many`];
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
