// Renders helm/graphpost/values.schema.json: the values of the chart, with the schema of the configuration under `config`.
import { createEditorSchema } from '../src/config/editor-schema.ts';
import type { JsonSchema } from '../src/config/json-schema.ts';
import { chartValues } from './chart-values.ts';

export function renderValuesSchema(): string {
  const { definitions, properties } = createEditorSchema();
  const config: JsonSchema = {
    description: 'The configuration of the gateway: docs/configuration.md.',
    type: 'object',
    ...(properties && { properties }),
    additionalProperties: false,
  };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart graphpost',
    type: 'object',
    properties: {
      global: { description: 'Values of a chart that has this one as a dependency.' },
      ...chartValues,
      config,
    },
    additionalProperties: false,
    definitions,
  };
  return JSON.stringify(schema, forHelm);
}

/** Helm's validator reads `oneOf` as a riddle, and knows the formats of another age; the patterns say it all. */
function forHelm(key: string, value: unknown): unknown {
  if (key === 'format' && typeof value === 'string') return undefined;
  if (isByType(value)) return byType(value);
  return hasOn(value) ? withTrue(value) : value;
}

interface BlockWithOn {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function hasOn(value: unknown): value is BlockWithOn {
  if (typeof value !== 'object' || value === null || !('properties' in value)) return false;
  const { properties } = value;
  return typeof properties === 'object' && properties !== null && 'on' in properties;
}

/** Helm's YAML (1.1) reads the key `on` as true, unless it is quoted: the chart takes both. */
function withTrue({ properties, required, ...rest }: BlockWithOn): unknown {
  return {
    ...rest,
    properties: { ...properties, true: properties['on'] },
    required: required?.filter((key) => key !== 'on'),
  };
}

interface Alternatives {
  readonly oneOf: readonly JsonSchema[];
}

function isByType(value: unknown): value is Alternatives {
  if (typeof value !== 'object' || value === null || !('oneOf' in value)) return false;
  return Array.isArray(value.oneOf) && value.oneOf.every((part) => part.properties?.type?.const);
}

/** As alternatives that their `type` tells apart: a fault is then one of the type that was meant. */
function byType({ oneOf, ...rest }: Alternatives): unknown {
  const types = oneOf.map(({ properties }) => properties?.['type']);
  return {
    ...rest,
    type: 'object',
    properties: { type: { enum: types.map((type) => type?.const) } },
    required: ['type'],
    allOf: oneOf.map((part) => ({
      if: { properties: { type: { not: { const: part.properties?.['type']?.const } } } },
      else: part,
    })),
  };
}
