// The way of a message as OpenTelemetry spans, where the process was started with an SDK that collects them.
import type * as OpenTelemetry from '@opentelemetry/api';
import type { StepOptions, StepResult, TraceFacts, Traces, TraceStep } from '../core/traces.ts';
import type { Events } from '../relay/ports.ts';

/** Who follows messages, and the events of the gateway with what they add to it. */
export interface Tracing {
  readonly traces: Traces;
  /** The same events; a request to Graph becomes a span of the attempt that made it. */
  watch(events: Events): Events;
}

/**
 * Undefined, and nothing is loaded, unless NODE_OPTIONS preloads a module: that is how an SDK is given to a process
 * (https://opentelemetry.io/docs/languages/js/getting-started/nodejs/).
 */
export async function loadTracing(
  env: Readonly<Record<string, string | undefined>>,
  { version }: { readonly version: string },
): Promise<Tracing | undefined> {
  const isGiven = /(?:^|\s)(?:--import|--require|-r)[\s=]/.test(env['NODE_OPTIONS'] ?? '');
  if (!isGiven) return undefined;
  return createTracing(await import('@opentelemetry/api'), { version });
}

type Api = typeof OpenTelemetry;

function createTracing(api: Api, { version }: { readonly version: string }): Tracing {
  const tracer = api.trace.getTracer('graphpost', version);
  return {
    traces: {
      step: (step, options, work) => runStep({ step, options, work }, { api, tracer }),
      traceparent: () =>
        quietly(() => toTraceparent(api.trace.getActiveSpan()?.spanContext(), api), api),
    },
    watch: (events) => ({
      ...events,
      graphRequestEnded(event) {
        events.graphRequestEnded(event);
        quietly(() => addRequest(event, { api, tracer }), api);
      },
    }),
  };
}

interface With {
  readonly api: Api;
  readonly tracer: OpenTelemetry.Tracer;
}

/** Mail is never hurt by an SDK: one that fails after a message was stored or sent would have it come twice. */
function quietly<T>(follow: () => T, api: Api): T | undefined {
  try {
    return follow();
  } catch (error) {
    api.diag.error('graphpost', error);
    return undefined;
  }
}

async function runStep<T>(
  {
    step,
    options,
    work,
  }: {
    readonly step: TraceStep;
    readonly options: StepOptions<T>;
    readonly work: () => Promise<T>;
  },
  { api, tracer }: With,
): Promise<T> {
  const { resultOf } = options;
  const begun = quietly(() => begin(step, options, { api, tracer }), api);
  if (begun === undefined) return await work();
  const { span, context } = begun;
  try {
    const value = await workWithin(context, work, api);
    if (resultOf) quietly(() => note(span, resultOf(value), api), api);
    return value;
  } catch (error) {
    // Its text may hold addresses; the log has it.
    quietly(() => span.setStatus({ code: api.SpanStatusCode.ERROR }), api);
    throw error;
  } finally {
    quietly(() => span.end(), api);
  }
}

function begin(
  step: TraceStep,
  { facts, parent, startedAt }: StepOptions<never>,
  { api, tracer }: With,
): { readonly span: OpenTelemetry.Span; readonly context: OpenTelemetry.Context } {
  const base = contextOf(step, parent, api);
  const kind = step === 'accept' ? api.SpanKind.SERVER : api.SpanKind.INTERNAL;
  const started = startedAt !== undefined && { startTime: startedAt };
  const span = tracer.startSpan(step, { kind, attributes: attributesOf(facts), ...started }, base);
  return { span, context: api.trace.setSpan(base, span) };
}

/** Once, whether or not the SDK lets it be done within the context. */
function workWithin<T>(
  context: OpenTelemetry.Context,
  work: () => Promise<T>,
  api: Api,
): Promise<T> {
  let result: Promise<T> | undefined;
  const once = () => (result ??= (async () => await work())());
  void quietly(() => api.context.with(context, once), api);
  return once();
}

function contextOf(step: TraceStep, parent: string | undefined, api: Api): OpenTelemetry.Context {
  if (step === 'route' || step === 'store') return api.context.active();
  const spanContext = parent === undefined ? undefined : fromTraceparent(parent);
  if (spanContext === undefined) return api.ROOT_CONTEXT;
  return api.trace.setSpanContext(api.ROOT_CONTEXT, spanContext);
}

function fromTraceparent(text: string): OpenTelemetry.SpanContext | undefined {
  const [, traceId, spanId, flags] = text.split('-');
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function toTraceparent(
  context: OpenTelemetry.SpanContext | undefined,
  api: Api,
): string | undefined {
  if (context === undefined || !api.isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags } = context;
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function attributesOf(facts: TraceFacts): OpenTelemetry.Attributes {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [`graphpost.${name}`, value]),
  );
}

const fine: ReadonlySet<string> = new Set(['accepted', 'dropped', 'routed', 'delivered']);

function note(span: OpenTelemetry.Span, { kind, status }: StepResult, api: Api): void {
  span.setAttribute('graphpost.result', kind);
  if (status !== undefined) span.setAttribute('graphpost.status', status);
  if (!fine.has(kind)) span.setStatus({ code: api.SpanStatusCode.ERROR });
}

/** Made when it ends: what began it did not know of the message. */
function addRequest(
  event: Parameters<Events['graphRequestEnded']>[0],
  { api, tracer }: With,
): void {
  if (api.trace.getActiveSpan() === undefined) return;
  const { operation, code, durationMs, requestId, connection } = event;
  const span = tracer.startSpan(`request ${operation}`, {
    kind: api.SpanKind.CLIENT,
    startTime: Date.now() - durationMs,
    attributes: {
      'graphpost.connection': connection,
      'graphpost.code': code,
      ...(requestId !== undefined && { 'graphpost.requestId': requestId }),
    },
  });
  if (!/^[23]/.test(code)) span.setStatus({ code: api.SpanStatusCode.ERROR });
  span.end();
}
