/** An event of a stream of a response. */
export type EventFields = Readonly<Record<string, unknown>> & { readonly type: string };

/** The events in a text as it is sent. */
export function parseEvents(text: string): EventFields[] {
  return text.split('\n\n').flatMap((event) => {
    const data = event.split('\n').find((line) => line.startsWith('data: {'));
    return data === undefined ? [] : [JSON.parse(data.slice('data: '.length)) as EventFields];
  });
}

export function eventText(fields: EventFields, sequence: number): string {
  return `event: ${fields.type}\ndata: ${JSON.stringify({ ...fields, sequence_number: sequence })}\n\n`;
}
