import { nodeProblem } from '../../node-problem.ts';
import type { Check } from '../context.ts';
import { ok, problem } from '../finding.ts';

export const nodeCheck: Check = {
  name: 'Node',
  run: ({ nodeVersion, platform }) => {
    const wrong = nodeProblem(nodeVersion);
    return [wrong === undefined ? ok(`${nodeVersion} on ${platform}`) : problem(wrong.says, wrong.todo)];
  },
};
