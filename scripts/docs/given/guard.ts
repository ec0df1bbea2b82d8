import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import { type Guard, guarded } from '../../../src/patterns/index.ts';

export const guard: Guard = guarded(observe(new OpenAI()), { mode: 'parallel' });
