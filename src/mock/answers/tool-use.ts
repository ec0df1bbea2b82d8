import type { Body, Refusal } from '../answer.ts';
import { missing, refuse, wrongType } from '../error-bodies.ts';
import { booleanProblem, optional, recordOf } from '../fields.ts';

/** A tool of the request that its sender runs. Tools that the provider runs are never called by the mock. */
export interface CallableTool {
  readonly type: 'function' | 'custom';
  readonly name: string;
  /** A function's JSON Schema. */
  readonly parameters: unknown;
  /** A custom tool's grammar. */
  readonly grammar: { readonly syntax: string; readonly definition: string } | undefined;
  /** Where it stands in the request. */
  readonly param: string;
}

/** Which tools may be called, and whether one must be. */
export interface ToolUse {
  /** At least one. */
  readonly tools: readonly CallableTool[];
  readonly mode: 'auto' | 'required';
  /** Whether `tool_choice` names the one that is called. */
  readonly isNamed: boolean;
  readonly isParallel: boolean;
}

/** Chat and Responses differ in where a name stands: in the tool, or in an object named after its type. */
function partsOf(tool: Body): Body {
  return recordOf(tool['function']) ?? recordOf(tool['custom']) ?? tool;
}

function isCallable(tool: Body): boolean {
  return tool['type'] === 'function' || tool['type'] === 'custom';
}

export function toolsProblem(body: Body): Refusal | undefined {
  const tools = optional(body, 'tools');
  if (tools !== undefined && !Array.isArray(tools)) return wrongType('tools', 'an array of objects', tools);
  for (const [index, tool] of (tools ?? []).entries()) {
    const record = recordOf(tool);
    if (!record) return wrongType(`tools[${index}]`, 'an object', tool);
    if (typeof record['type'] !== 'string') return missing(`tools[${index}].type`);
    const { name } = partsOf(record);
    if (isCallable(record) && (typeof name !== 'string' || name === ''))
      return missing(`tools[${index}].name`);
  }
  return booleanProblem(body, 'parallel_tool_calls') ?? choiceProblem(body, tools ?? []);
}

function choiceProblem(body: Body, tools: readonly unknown[]): Refusal | undefined {
  const choice = optional(body, 'tool_choice');
  if (choice === undefined || choice === 'none' || choice === 'auto') return undefined;
  const record = recordOf(choice);
  if (choice !== 'required' && !record) {
    const message = `Invalid value: '${String(choice)}'. Supported values are: 'none', 'auto', and 'required'.`;
    return refuse(400, message, 'tool_choice', 'invalid_value');
  }
  if (tools.length === 0) {
    const message =
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.";
    return refuse(400, message, 'tool_choice');
  }
  if (!record || !isCallable(record)) return undefined;
  const { name } = partsOf(record);
  if (callableTools(tools).some((tool) => tool.name === name)) return undefined;
  return refuse(400, `Tool choice '${String(name)}' not found in 'tools' parameter.`, 'tool_choice');
}

/** Undefined where no tool may be called. */
export function toolUseOf(body: Body): ToolUse | undefined {
  const given = body['tools'];
  if (!Array.isArray(given) || given.length === 0) return undefined;
  const choice = optional(body, 'tool_choice') ?? 'auto';
  const all = callableTools(given);
  const isParallel = body['parallel_tool_calls'] !== false;
  const use = chosen(all, choice);
  return use && use.tools.length > 0 ? { ...use, isParallel } : undefined;
}

function chosen(all: readonly CallableTool[], choice: unknown): Omit<ToolUse, 'isParallel'> | undefined {
  if (choice === 'none') return undefined;
  const record = recordOf(choice);
  if (!record) return { tools: all, mode: choice === 'required' ? 'required' : 'auto', isNamed: false };
  if (record['type'] === 'allowed_tools') {
    const allowed = recordOf(record['allowed_tools']) ?? record;
    const names = Array.isArray(allowed['tools']) ? allowed['tools'].map(nameOf) : [];
    const mode = allowed['mode'] === 'required' ? 'required' : 'auto';
    return { tools: all.filter(({ name }) => names.includes(name)), mode, isNamed: false };
  }
  if (!isCallable(record)) return undefined;
  const { name } = partsOf(record);
  return { tools: all.filter((tool) => tool.name === name), mode: 'required', isNamed: true };
}

function nameOf(tool: unknown): unknown {
  return partsOf(recordOf(tool) ?? {})['name'];
}

function callableTools(tools: readonly unknown[]): readonly CallableTool[] {
  return tools.flatMap((given, index) => {
    const tool = recordOf(given);
    return tool && isCallable(tool) ? [callableTool(tool, `tools[${index}]`)] : [];
  });
}

function callableTool(tool: Body, at: string): CallableTool {
  const parts = partsOf(tool);
  const isFunction = tool['type'] === 'function';
  const within = parts === tool ? at : `${at}.${String(tool['type'])}`;
  const format = recordOf(parts['format']);
  const grammar = recordOf(format?.['grammar']) ?? format;
  const hasGrammar = format?.['type'] === 'grammar';
  return {
    type: isFunction ? 'function' : 'custom',
    name: String(parts['name']),
    parameters: parts['parameters'] ?? {},
    grammar: hasGrammar
      ? { syntax: String(grammar?.['syntax']), definition: String(grammar?.['definition']) }
      : undefined,
    param: isFunction ? `${within}.parameters` : `${within}.format`,
  };
}
