import type { Events, StreamAnswer } from '../answer.ts';
import { parseBody, recordOf } from '../fields.ts';

/** The same answer without what it cost. */
export function bodyWithoutUsage(body: string): string {
  const fields = parseBody(body);
  return fields ? JSON.stringify(leaveOut(fields, 'usage')) : body;
}

/** The same stream: what tells the usage is in its last events, of which one may tell nothing else. */
export function streamWithoutUsage(answer: StreamAnswer): StreamAnswer {
  return { ...answer, closing: eventsWithoutUsage(answer.closing), tellsUsage: false };
}

function eventsWithoutUsage({ text, count }: Events): Events {
  const events = text.split('\n\n').filter((event) => event !== '');
  const kept = events.flatMap((event) => {
    const [before = '', json] = event.split(/^data: (?=\{)/m);
    const data = json === undefined ? undefined : parseBody(json);
    if (!data) return [event];
    if (data['usage'] && Array.isArray(data['choices']) && data['choices'].length === 0) return [];
    return [`${before}data: ${JSON.stringify(stripped(data))}`];
  });
  return { text: kept.map((event) => `${event}\n\n`).join(''), count: count - (events.length - kept.length) };
}

/** Of chat the event has it, of Responses the response in it. */
function stripped(data: Readonly<Record<string, unknown>>): object {
  const response = recordOf(data['response']);
  return response ? { ...data, response: leaveOut(response, 'usage') } : leaveOut(data, 'usage');
}

function leaveOut(fields: Readonly<Record<string, unknown>>, name: string): object {
  const { [name]: _, ...others } = fields;
  return others;
}
