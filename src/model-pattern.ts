/** Whether a model is one of those that a limit or a budget names; `*` stands for any characters. Without names, all are. */
export function modelMatcher(models: readonly string[] | undefined): (model: string | undefined) => boolean {
  if (!models) return () => true;
  const pattern = models.map((model) => model.split('*').map(escaped).join('.*')).join('|');
  const expression = new RegExp(`^(?:${pattern})$`, 's');
  return (model) => model !== undefined && expression.test(model);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
