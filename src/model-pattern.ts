/** A model's name in which each `*` stands for any text, also for none. */
export interface ModelPattern {
  /** Of two patterns that fit, the one with more letters is the closer, and a name without `*` the closest. */
  readonly closeness: number;
  /** In time that grows with the length of the name alone, because the name may be a user's input. */
  fits(model: string): boolean;
}

export function modelPattern(pattern: string): ModelPattern {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return { closeness: Number.POSITIVE_INFINITY, fits: (model) => model === pattern };
  return {
    closeness: pattern.replaceAll('*', '').length,
    fits(model) {
      if (model.length < first.length + last.length) return false;
      if (!model.startsWith(first) || !model.endsWith(last)) return false;
      const inner = model.slice(first.length, model.length - last.length);
      let from = 0;
      for (const piece of others) {
        const at = inner.indexOf(piece, from);
        if (at === -1) return false;
        from = at + piece.length;
      }
      return true;
    },
  };
}

/** Whether a model is one of those that a limit or a budget names. Without names, all are. */
export function modelMatcher(models: readonly string[] | undefined): (model: string | undefined) => boolean {
  if (!models) return () => true;
  const patterns = models.map(modelPattern);
  return (model) => model !== undefined && patterns.some((pattern) => pattern.fits(model));
}
