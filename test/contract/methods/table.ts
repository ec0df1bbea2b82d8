import type { Uploadable } from 'openai';
import { type Answer, event, events, json } from '../answers.ts';
import { asked, identifier } from './arguments.ts';

/** How a method is called where its source does not tell. */
export interface SpecialCall {
  readonly args?: (file: Uploadable) => readonly unknown[];
  readonly answer?: Answer;
  /** Requests, each of which is a call. @default 1 */
  readonly requests?: number;
}

const inThread = { thread_id: identifier, assistant_id: identifier, instructions: asked };
const inWorkspace = '/workspace/a.txt';
const runOf = (...args: readonly unknown[]) => ({
  args: () => args,
  answer: events([
    event({ id: identifier, object: 'thread.run', instructions: asked }, 'thread.run.completed'),
  ]),
});

/** Helpers of the client, which make calls out of other methods. An answer that is complete ends the polling at once. */
export const special: Readonly<Record<string, SpecialCall>> = {
  'files.waitForProcessing': {
    args: () => [identifier],
    answer: json({ id: identifier, object: 'file', status: 'processed' }),
  },
  'vectorStores.files.createAndPoll': { requests: 2 },
  'vectorStores.files.upload': { requests: 2 },
  'vectorStores.files.uploadAndPoll': { requests: 3 },
  'vectorStores.fileBatches.createAndPoll': { requests: 2 },
  'vectorStores.fileBatches.uploadAndPoll': { args: (file) => [identifier, { files: [file] }], requests: 3 },
  'beta.threads.createAndRunPoll': { requests: 2 },
  'beta.threads.createAndRunStream': runOf(inThread),
  'beta.threads.runs.createAndPoll': { requests: 2 },
  'beta.threads.runs.createAndStream': runOf(identifier, inThread),
  'beta.threads.runs.stream': runOf(identifier, inThread),
  'beta.threads.runs.poll': { args: () => [identifier, inThread] },
  'beta.threads.runs.submitToolOutputsAndPoll': { args: () => [identifier, inThread], requests: 2 },
  'beta.threads.runs.submitToolOutputsStream': runOf(identifier, inThread),
  'beta.agents.environments.files.prepare': { args: (file) => [{ [inWorkspace]: file }] },
  'beta.agents.environments.files.upload': {
    args: (file) => [identifier, { path: inWorkspace, file }],
    requests: 2,
  },
};

/** Methods that need a conversation of several answers: the name of a case that has it. */
export const elsewhere: Readonly<Record<string, string>> = {
  'chat.completions.runTools': 'chat.completions.runTools()',
  'chat.completions.stream': 'chat.completions.stream() and its final completion',
  'responses.stream': 'responses.stream() and its final response',
};

/** Methods that are not called, and why. */
export const notCalled: Readonly<Record<string, string>> = {
  'webhooks.unwrap': 'reads a request that the application got, and makes none',
  'webhooks.verifySignature': 'reads a request that the application got, and makes none',
  'beta.agents.sessions.stream':
    'a helper around `sessions.retrieve`, `events.stream` and `events.create`, which have their cases',
  'beta.agents.sessions.artifacts.forResult':
    'gives a helper around `artifacts.content`, and makes no request',
};
