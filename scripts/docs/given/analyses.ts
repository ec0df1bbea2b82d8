/** Analyses of one document by a small and a large model. */
import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import { analyseDocument, type DocumentAnalysis, memoryRecords } from '../../../src/patterns/index.ts';

const client = observe(new OpenAI());
const store = memoryRecords();
const document = { name: 'log.txt', data: 'The wind was fair.\n\nThe sails were set.\n' };
const analysisBy = (model: string): Promise<DocumentAnalysis> =>
  analyseDocument(document, { client, model, store, via: 'direct' });

export const [small, large] = await Promise.all([analysisBy('gpt-5-mini'), analysisBy('gpt-5')]);
export const analysis: DocumentAnalysis = small;
