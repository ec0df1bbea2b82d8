/** The fields of a form as an object: `expires_after[anchor]` is a field of an object, and `include[]` one of a list. */
export function fieldsOf(form: FormData): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, value] of form.entries()) {
    const [, outer = name, inner] = /^([^[\]]+)\[([^[\]]*)\]$/.exec(name) ?? [];
    if (inner === undefined) fields[outer] = value;
    else if (inner === '') fields[outer] = [...(Array.isArray(fields[outer]) ? fields[outer] : []), value];
    else fields[outer] = { ...(fields[outer] as object | undefined), [inner]: value };
  }
  return fields;
}

/** The file of a field; undefined where it is a text or not there. */
export function fileOf(form: FormData | undefined, name: string): File | undefined {
  const value = form?.get(name) ?? form?.get(`${name}[]`);
  return value instanceof File ? value : undefined;
}
