// The JSON Schema of the configuration file (draft 7): for editors, for the documentation, and for hints.
import { z } from 'zod';
import type { Path } from './file-node.ts';
import { headerPrefix } from './schema/conditions.ts';
import { configFile } from './schema/config-file.ts';

/** What of JSON Schema the configuration's own schema uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number | boolean)[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly propertyNames?: JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

/** The schema of what may be written, without regard to `${…}`. */
export function createJsonSchema(): JsonSchema {
  const schema: unknown = z.toJSONSchema(configFile, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.title === 'condition') keepToHeaders(jsonSchema);
    },
  });
  // zod's own type says less about its output than is needed to walk through it.
  return schema as JsonSchema;
}

/** Of the properties that conditions do not name, only header fields may stand in them. */
function keepToHeaders(schema: z.core.JSONSchema.BaseSchema): void {
  const { additionalProperties } = schema;
  if (additionalProperties === undefined || additionalProperties === false) return;
  schema.patternProperties = { [`^${headerPrefix.replace('.', '\\.')}.`]: additionalProperties };
  schema.additionalProperties = false;
}

/** The keys that may stand in the block at `path`; none where the schema knows of no such block. */
export function keysAt(root: JsonSchema, path: Path): readonly string[] {
  let schemas = branchesOf(root, root);
  for (const step of path) {
    schemas = schemas
      .flatMap((schema) => childrenOf(schema, step))
      .flatMap((child) => branchesOf(root, child));
  }
  return [...new Set(schemas.flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

/** The schemas that a schema stands for: references and alternatives resolved. */
function branchesOf(root: JsonSchema, schema: JsonSchema): readonly JsonSchema[] {
  const target = schema.$ref === undefined ? undefined : definitionOf(root, schema.$ref);
  const parts = [
    ...(target === undefined ? [] : [target]),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
  ];
  return parts.length === 0 ? [schema] : parts.flatMap((part) => branchesOf(root, part));
}

export function definitionOf(root: JsonSchema, reference: string): JsonSchema | undefined {
  return root.definitions?.[reference.replace('#/definitions/', '')];
}

function childrenOf(schema: JsonSchema, step: string | number): readonly JsonSchema[] {
  if (typeof step === 'number') return schema.items === undefined ? [] : [schema.items];
  const named = schema.properties?.[step];
  if (named !== undefined) return [named];
  return schema.additionalProperties ? [schema.additionalProperties] : [];
}
