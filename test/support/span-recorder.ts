// An OpenTelemetry SDK as somebody gives it to the gateway by NODE_OPTIONS: each span that ends becomes a line of a file.
import { appendFileSync } from 'node:fs';
import {
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';

/** A span, as a line of JSON. */
export interface RecordedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  /** Of OpenTelemetry: 0 internal, 1 server, 2 client. */
  readonly kind: number;
  /** Of OpenTelemetry: 0 unset, 2 error. */
  readonly status: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

function toRecorded(span: ReadableSpan): RecordedSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    traceId,
    spanId,
    ...(span.parentSpanContext && { parentId: span.parentSpanContext.spanId }),
    kind: span.kind,
    status: span.status.code,
    attributes: span.attributes,
  };
}

const file = process.env['GRAPHPOST_TEST_SPANS'];
if (file !== undefined) {
  const exporter = {
    export(spans: readonly ReadableSpan[], done: (result: { readonly code: 0 }) => void): void {
      for (const span of spans) appendFileSync(file, `${JSON.stringify(toRecorded(span))}\n`);
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
}
