// openapi.json: the declared routes of the API, described by OpenAPI 3.1.
import { z } from 'zod';
import type { AnyRoute, RawAnswer, JsonAnswer } from './route.ts';
import { problem } from './schema/problem.ts';

/** A JSON object. */
type Json = Readonly<Record<string, unknown>>;

export interface OpenApiOptions {
  readonly version: string;
  readonly routes: readonly AnyRoute[];
}

export function describeApi({ version, routes }: OpenApiOptions): Json {
  const components: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method] = describeRoute(route, components);
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Graphpost admin API', version },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: components,
    },
  };
}

/** Beside those that a route names: no token, a server of another name, no store, a bug. */
const everywhere = [401, 421, 500, 503] as const;

const problemWords: Readonly<Record<AnyRoute['problems'][number], string>> = {
  400: 'The request makes no sense',
  401: 'The token is missing or wrong',
  403: 'The request comes from another site, or the page may not show what messages say',
  404: 'There is nothing of that name',
  409: 'It would change nothing, or its body is not kept any more',
  413: 'The request is too large',
  421: 'The server has another name',
  422: 'Not accepted, or dropped by the rules of today',
  500: 'A bug: the log says more',
  503: 'The store does not answer, or takes nothing more',
};

function describeRoute(route: AnyRoute, components: Record<string, unknown>): Json {
  const { path, summary, query, body, answer, method } = route;
  const statuses = [
    ...route.problems,
    ...everywhere,
    ...(method === 'get' ? [] : ([403] as const)),
  ];
  const problems = [...new Set(statuses)].toSorted((one, other) => one - other);
  return {
    summary,
    operationId: operationIdOf(route),
    ...parametersOf(path, query && schemaOf(query.schema, { io: 'input', components })),
    ...(body && {
      requestBody: {
        description: body.expects,
        content: {
          'application/json': {
            schema: schemaOf(body.schema, { io: 'input', components }),
            example: body.example,
          },
        },
      },
    }),
    responses: {
      ...describeAnswer(answer, components),
      ...Object.fromEntries(
        problems.map((status) => [
          String(status),
          {
            description: problemWords[status],
            content: {
              'application/problem+json': {
                schema: schemaOf(problem, { io: 'output', components }),
              },
            },
          },
        ]),
      ),
    },
  };
}

function describeAnswer(
  answer: JsonAnswer<unknown> | RawAnswer,
  components: Record<string, unknown>,
): Json {
  if (answer.kind === 'message') {
    return { '200': { description: 'The message', content: { 'message/rfc822': {} } } };
  }
  const schema = schemaOf(answer.schema, { io: 'output', components });
  const description = answer.status === 201 ? 'It was made' : 'As asked';
  return {
    [String(answer.status ?? 200)]: { description, content: { 'application/json': { schema } } },
  };
}

/** `getMessagesRaw`, `postMessagesIdRetry`. */
function operationIdOf({ method, path }: AnyRoute): string {
  const words = path.split(/[/{}.-]+/).filter((word) => word !== '');
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function parametersOf(path: string, query: Json | undefined): Json {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string' },
  }));
  const properties = objectOf(query?.['properties']);
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: false, schema },
  }));
  return inPath.length + inQuery.length === 0 ? {} : { parameters: [...inPath, ...inQuery] };
}

/** What has an `id` stands among the components once, and is pointed to. */
function schemaOf(
  schema: z.ZodType,
  {
    io,
    components,
  }: { readonly io: 'input' | 'output'; readonly components: Record<string, unknown> },
): Json {
  const described = z.toJSONSchema(schema, {
    io,
    // Of a coerced value, what it becomes is told.
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Answers may have more in later versions.
      if (io === 'output') delete jsonSchema.additionalProperties;
    },
  });
  const { $schema: _, $defs, ...root } = objectOf(pointToComponents(described));
  for (const [name, definition] of Object.entries(objectOf($defs))) {
    components[name] = withoutId(objectOf(definition));
  }
  const { id } = root;
  if (typeof id !== 'string') return root;
  components[id] = withoutId(root);
  return { $ref: `#/components/schemas/${id}` };
}

function pointToComponents(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function withoutId(schema: Json): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== 'id'));
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
