// Renders docs/api.md: what the admin API has in common, a table of its routes, and the fields of the answers that tell most.
import { describeApi } from '../src/http/openapi.ts';
import type { AnyRoute } from '../src/http/route.ts';
import * as routes from '../src/http/routes.ts';
import { formatTable } from '../src/telemetry/markdown-table.ts';

type Json = Readonly<Record<string, unknown>>;

export function renderApiPage(): string {
  return [introduction, renderRoutes(), usage, renderAnswers()].join('\n');
}

const introduction = `# The admin API

<!-- The tables are generated from src/http/routes.ts by \`npm run docs\`. -->

The admin server (\`http.admin\`, by default on this machine alone) serves the page at \`/\` and this API under \`/api/v1/\`. \`graphpost queue\` and \`graphpost why\` use it and nothing else. \`GET /api/v1/openapi.json\` describes all of it for programs (OpenAPI 3.1).

- **Access**: \`Authorization: Bearer …\` with \`http.adminToken\` (16 characters or more); where the configuration has none, one is made at the first start in the file \`admin-token\` beside the queue. Who has the token may also read and download messages. An address that gives wrong ones again and again waits for each answer, up to five seconds. Nothing is asked for while all connections are the sandbox: \`graphpost check\` warns where the admin server is then reached from other machines.
- **Names**: the server answers to \`localhost\`, to its own address and to \`hostname\`; what a browser sends from another site's page is refused.
- **Errors** are problem details (RFC 9457): \`status\`, \`title\`, and a sentence in \`detail\`. 400 the request makes no sense, 401 no token, 403 it comes from another site's page, or the page asks for what a message says without \`http.showBodies\`, 404 it is not there, 409 it would change nothing, or its body is not kept any more, 421 the server has another name, 422 not accepted, or dropped by the rules of today, 503 the store does not answer.
- **Lists** come page by page: \`limit\` (1 to 200, by default 50), then \`before\` with the \`next\` of the page before. A page may be short, or empty, and still have a \`next\`.
- **Times** are UTC, as \`2026-11-22T14:00:00.000Z\`. Later versions may add fields to answers.
- Every action is a line in the log (\`operator.acted\`): who did what, and to how many deliveries. \`graphpost queue\` on the file of a gateway that is stopped writes the same line to standard error.
- What \`connections\`, \`clients\` and \`figures\` tell beyond the queue is what this process has seen since it started: replicas each tell their own, and a restart begins anew.
`;

const usage = `
An action on many says which: \`{"ids": ["…"]}\`, \`{"filter": {"state": "failed", "client": "erp"}}\`, or \`{"all": true}\`.

The filter, as a query of \`GET messages\` and in \`filter\`; all that is given must hold: \`state\`, \`client\`, \`route\`, \`connection\`, \`lane\`, \`address\` (a part of a sender or recipient), \`subject\` (a part), \`messageId\`, \`since\` and \`until\` (times such as \`2026-11-22T14:00:00Z\`).

\`\`\`sh
curl -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:8025/api/v1/messages?state=failed&since=2026-11-22"
curl -H "Authorization: Bearer $TOKEN" -d '{"filter": {"state": "failed"}}' http://127.0.0.1:8025/api/v1/messages/retry
\`\`\`

**Re-routing** makes new deliveries in place of one, for the recipients that it had; \`dryRun\` only says how. Left as it is, with the reason: one that was delivered or is on its way; one that may have been sent, but for \`force\`; one that the rules of today drop or refuse, since what got its 250 is not lost by the way; one whose recipients have it by another delivery of the message; one that was redirected and is not to be any more, where another redirected copy has gone; one that changed meanwhile. With \`force\`, one that may have been sent stays in doubt: it is looked for before it goes, and the log says so where it may arrive twice. What an operator held stays held; what a rule held goes where the rules of today want it.

**Sending to others** takes the stored message through acceptance again: routes and From rules apply, the envelope decides, and those in To and Cc who are not among the new recipients are taken out of it. Where all of it is dropped (by a route, or \`sending: drop\`), the answer is 422 and there is no new message.
`;

function renderRoutes(): string {
  const rows = routes.apiRoutes.map((route) => [requestOf(route), route.summary]);
  return formatTable(['request', 'does'], rows);
}

function requestOf({ method, path, body }: AnyRoute): string {
  const request = `\`${method.toUpperCase()} ${path.slice(1)}\``;
  return body ? `${request} \`${JSON.stringify(body.example)}\`` : request;
}

/** Of these, each field is told. */
const explained = [
  routes.getStatus,
  routes.getConnections,
  routes.getLanes,
  routes.getClients,
  routes.getFigures,
] as const;

function renderAnswers(): string {
  const api = describeApi({ version: '', routes: routes.apiRoutes });
  return explained.map((route) => renderAnswer(route.path, api)).join('\n');
}

function renderAnswer(path: string, api: Json): string {
  const rows = fieldsOf(at(api, 'paths', path, 'get', 'responses', '200', ...ofJson), '', api);
  return `\n## \`GET ${path.slice(1)}\`\n\n${formatTable(['field', 'type', 'meaning'], rows)}`;
}

const ofJson = ['content', 'application/json', 'schema'] as const;

/** Every field below a schema, each with its whole name. */
function fieldsOf(schema: Json, prefix: string, api: Json): readonly (readonly string[])[] {
  const required: unknown = schema['required'];
  return Object.entries(at(schema, 'properties')).flatMap(([name, value]) => {
    const field = resolved(value, api);
    const items = field['type'] === 'array' ? resolved(field['items'], api) : undefined;
    const place = `${prefix}${name}${items ? '[]' : ''}`;
    const isOptional = !(Array.isArray(required) && required.includes(name));
    const type = `${typeOf(items ?? field)}${isOptional ? ', optional' : ''}`;
    const meaning = field['description'];
    const isTold = typeof meaning === 'string' && field['format'] !== 'date-time';
    const row = [`\`${place}\``, type, isTold ? meaning : ''];
    return [row, ...fieldsOf(items ?? field, `${place}.`, api)];
  });
}

function typeOf({ type, enum: values, format }: Json): string {
  if (Array.isArray(values)) return values.map((value) => `\`${value}\``).join(' | ');
  if (format === 'date-time') return 'time';
  return typeof type === 'string' ? type : 'any';
}

function resolved(value: unknown, api: Json): Json {
  const schema = objectOf(value);
  const pointer = schema['$ref'];
  return typeof pointer === 'string' ? at(api, ...pointer.split('/').slice(1)) : schema;
}

function at(start: Json, ...steps: readonly string[]): Json {
  return steps.reduce((node, step) => resolvedStep(node[step], start), start);
}

function resolvedStep(value: unknown, root: Json): Json {
  const schema = objectOf(value);
  return '$ref' in schema && 'paths' in root ? resolved(schema, root) : schema;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
