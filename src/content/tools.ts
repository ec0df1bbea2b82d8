import { asArray, asObject, asText, copyJson, type JsonObject, present } from '../json.ts';

/** A tool that the model may use. Parameters stay a JSON schema. */
export type ToolDefinition = JsonObject;

/** The tools of a chat or a Responses request, in one form. */
export function toolDefinitions(body: JsonObject): ToolDefinition[] {
  const old = asArray(body['functions']).flatMap((entry) => {
    const tool = asObject(entry);
    return tool ? [definition('function', tool)] : [];
  });
  const tools = asArray(body['tools']).flatMap((entry) => {
    const tool = asObject(entry);
    if (!tool) return [];
    const type = asText(tool['type']) ?? 'unknown';
    return [definition(type, asObject(tool['function']) ?? asObject(tool['custom']) ?? tool)];
  });
  return [...tools, ...old];
}

function definition(type: string, tool: JsonObject): ToolDefinition {
  const { type: _type, name, server_label: label, description, ...rest } = tool;
  return {
    type,
    // A tool of the provider's own has no other name than its type.
    name: asText(name) ?? asText(label) ?? type,
    ...present({ description: asText(description) }),
    ...(copyJson(rest) as JsonObject),
  };
}
