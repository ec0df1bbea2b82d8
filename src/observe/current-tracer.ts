import { ProxyTracerProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api';
import { scope } from './scope.ts';

/** Gives the tracer of the provider that is registered now; undefined while there is none. */
export function currentTracer(): () => Tracer | undefined {
  let provider: TracerProvider | undefined;
  let tracer: Tracer | undefined;
  return () => {
    const registered = trace.getTracerProvider();
    if (registered instanceof ProxyTracerProvider && !registered.getDelegateTracer(scope.name))
      return undefined;
    if (registered !== provider) {
      provider = registered;
      tracer = registered.getTracer(scope.name, scope.version);
    }
    return tracer;
  };
}
