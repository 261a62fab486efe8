// The JSON Schema that editors and the chart check a file with: as the schema of the values, but `${…}` may stand anywhere.
import { createJsonSchema, type JsonSchema } from './json-schema.ts';

const referenceName = 'reference';
const shortestReference = '${A}';
const referenceSchema: JsonSchema = {
  title: '${NAME}, ${NAME:-default} or ${file:/path}',
  type: 'string',
  pattern: '\\$\\{.+\\}',
};

export function createEditorSchema(): JsonSchema {
  const { definitions, ...root } = createJsonSchema();
  return {
    ...withReferences(root),
    definitions: { ...mapValues(definitions, withReferences), [referenceName]: referenceSchema },
  };
}

/** Also accepts a reference wherever the schema would refuse its text. */
function withReferences(schema: JsonSchema): JsonSchema {
  if (refusesReference(schema)) {
    const { title, description, default: fallback, ...leaf } = schema;
    return defined({
      title,
      description,
      default: fallback,
      anyOf: [leaf, { $ref: `#/definitions/${referenceName}` }],
    });
  }
  return defined({
    ...schema,
    properties: mapValues(schema.properties, withReferences),
    patternProperties: mapValues(schema.patternProperties, withReferences),
    additionalProperties:
      schema.additionalProperties && withReferences(schema.additionalProperties),
    items: schema.items && withReferences(schema.items),
    anyOf: schema.anyOf?.map(withReferences),
    oneOf: schema.oneOf?.map(withReferences),
    allOf: schema.allOf?.map(withReferences),
  });
}

function refusesReference({
  type,
  const: only,
  enum: choices,
  format,
  pattern,
  minLength = 0,
}: JsonSchema): boolean {
  if (type === 'integer' || type === 'number' || type === 'boolean') return true;
  // A constant text tells alternatives apart: it must stay one.
  if (type !== 'string' || only !== undefined) return false;
  const isRefusedText = pattern !== undefined && !new RegExp(pattern, 'u').test('${NAME}');
  const isTooShort = minLength > shortestReference.length;
  return choices !== undefined || format !== undefined || isRefusedText || isTooShort;
}

function mapValues<T>(
  record: Readonly<Record<string, T>> | undefined,
  change: (value: T) => T,
): Readonly<Record<string, T>> | undefined {
  if (record === undefined) return undefined;
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** Without what is undefined. */
function defined(schema: {
  readonly [Key in keyof JsonSchema]: JsonSchema[Key] | undefined;
}): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
