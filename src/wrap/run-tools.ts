import type { ToolCall, ToolRun } from '../tool-tracer.ts';
import type { Core } from './core.ts';
import { toolCallId } from './tool-call-id.ts';
import { takeToolContent } from './tool-content.ts';

type RunTools = (body: unknown, options?: unknown) => unknown;
type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** `client.chat.completions.runTools`, where the client has it. */
export function findRunTools(client: object): { owner: object; runTools: RunTools } | undefined {
  const { chat } = client as { chat?: { completions?: { runTools?: unknown } } };
  const owner = chat?.completions;
  const runTools = owner?.runTools;
  return owner && typeof runTools === 'function' ? { owner, runTools: runTools as RunTools } : undefined;
}

/** Around `runTools`: a span for the whole, in which each model turn and each run of a tool has its own. */
export function observedRunTools(owner: object, core: () => Core, bare: RunTools): RunTools {
  return function runTools(...args) {
    const run = started(core(), args[0]);
    if (!run) return bare.apply(owner, args);
    const [body, ...rest] = args;
    const tracing: Tracing = {
      run,
      core,
      report: (fault) => core().report('Tracing a run of tools', fault),
      keys: () => keysOf(owner),
    };
    let runner: unknown;
    try {
      const start = (): unknown => bare.call(owner, withTracedTools(body as Body, tracing), ...rest);
      runner = once(tracing, (work) => run.within(work), start);
    } catch (error) {
      run.end();
      throw error;
    }
    const { on } = (runner ?? {}) as { on?: unknown };
    // Its `end` comes after every ending; listening to it changes nothing about errors that nobody handles.
    if (typeof on === 'function') on.call(runner, 'end', () => run.end());
    else run.end();
    return runner;
  };
}

interface Tracing {
  readonly run: ToolRun;
  readonly core: () => Core;
  readonly report: (fault: unknown) => void;
  /** API keys of the client. */
  readonly keys: () => readonly string[];
}
interface Body {
  readonly model?: unknown;
  readonly tools: readonly unknown[];
}

function started(core: Core, body: unknown): ToolRun | undefined {
  try {
    const { model, tools } = (body ?? {}) as Partial<Body>;
    return Array.isArray(tools)
      ? core.tools.startRun(typeof model === 'string' ? model : undefined)
      : undefined;
  } catch (fault) {
    core.report('Tracing a run of tools', fault);
    return undefined;
  }
}

/**
 * Does `work` inside `tell`, exactly once and with the result or error that it has by itself, whatever becomes of the
 * telling.
 */
function once<T>({ report }: Tracing, tell: (work: () => T) => T, work: () => T): T {
  let done: { readonly value: T } | { readonly error: unknown } | undefined;
  try {
    tell(() => {
      try {
        const value = work();
        done = { value };
        return value;
      } catch (error) {
        done = { error };
        throw error;
      }
    });
  } catch (fault) {
    if (!done || !('error' in done) || done.error !== fault) report(fault);
  }
  if (!done) return work();
  if ('error' in done) throw done.error;
  return done.value;
}

/** The same body with tools that tell of themselves. The caller's own objects are not touched. */
function withTracedTools(body: Body, tracing: Tracing): object {
  return { ...body, tools: body.tools.map((tool) => tracedTool(tool, tracing)) };
}

/** A copy stands before the caller's tool as its prototype, so that everything else of the tool shows through. */
function tracedTool(tool: unknown, tracing: Tracing): unknown {
  if (typeof tool !== 'object' || tool === null) return tool;
  const { function: definition, $callback } = tool as { function?: unknown; $callback?: unknown };
  if (typeof definition !== 'object' || definition === null) return tool;
  const { function: run, parse, name } = definition as Record<string, unknown>;
  const said = typeof name === 'string' ? name : undefined;
  if (typeof $callback === 'function')
    return overlay(tool, { $callback: traced($callback as AnyFunction, said, tracing) });
  if (typeof run !== 'function') return tool;
  return overlay(tool, {
    function: overlay(definition, {
      function: traced(run as AnyFunction, said, tracing, definition),
      ...(typeof parse === 'function' && { parse: parse.bind(definition) }),
    }),
  });
}

function overlay(target: object, values: Readonly<Record<string, unknown>>): object {
  const descriptors = Object.entries(values).map(([key, value]) => [key, { value, enumerable: true }]);
  return Object.create(target, Object.fromEntries(descriptors)) as object;
}

/** The client gives a tool what the model asked with, and the runner. */
function describedCall(name: string, args: readonly unknown[], { core, keys }: Tracing): ToolCall {
  const [given, runner] = args;
  const { content, report } = core();
  const id = toolCallId(runner, name, given);
  return {
    name,
    ...(id !== undefined && { id }),
    ...(content && { takeContent: () => takeToolContent(content, report, given, keys) }),
  };
}

/** The key that a client sends, if it is one: it may also be a function that gets one. */
function keysOf(owner: object): readonly string[] {
  const { _client: client } = owner as { _client?: { apiKey?: unknown } };
  return typeof client?.apiKey === 'string' ? [client.apiKey] : [];
}

/** `self`: what the client would have called the tool on. */
function traced(tool: AnyFunction, said: string | undefined, tracing: Tracing, self?: object): AnyFunction {
  const name = said ?? tool.name;
  const observed: AnyFunction = function observedTool(...args) {
    return once(
      tracing,
      (work) => tracing.run.tool(describedCall(name, args, tracing), work),
      () => tool.apply(self ?? this, args),
    );
  };
  // A tool without a name of its own goes by its function's.
  return Object.defineProperty(observed, 'name', { value: tool.name, configurable: true });
}
