/** Whether a body of this type is a form of parts. */
export function isForm(type: string | undefined): type is string {
  return type !== undefined && /^multipart\/form-data\b/i.test(type);
}

/** The form in a body; undefined where it is none. */
export async function formOf(raw: Buffer, type: string): Promise<FormData | undefined> {
  try {
    return await new Response(new Uint8Array(raw), { headers: { 'content-type': type } }).formData();
  } catch {
    return undefined;
  }
}
