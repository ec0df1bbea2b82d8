import type { Body } from '../answer.ts';
import { refuse } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { json } from './answers.ts';
import { page } from './pages.ts';
import type { Resource } from './resource.ts';
import { shelfOf } from './shelf.ts';

const endpoint = 'fine_tuning';
const jobs = '/fine_tuning/jobs';
const permissions = '/fine_tuning/checkpoints/:checkpoint/permissions';

/** A job that has ended stays as it is. */
function changed(job: Body, fields: Body): Body {
  return ['running', 'queued'].includes(String(job['status'])) ? fields : {};
}

/** Fine-tuning: a job takes two seconds in all that it runs without a break. */
export const trainingResources: readonly Resource[] = [
  {
    endpoint,
    path: jobs,
    kind: 'fine-tuning job',
    does: ['create', 'retrieve', 'list'],
    prefix: 'ftjob-',
    required: ['model', 'training_file'],
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'fine_tuning.job',
      model: '',
      status: 'running',
      training_file: '',
      validation_file: null,
      fine_tuned_model: null,
      hyperparameters: { n_epochs: 3, batch_size: 1, learning_rate_multiplier: 1 },
      organization_id: 'org-telltale-mock',
      result_files: [],
      seed: 1,
      trained_tokens: null,
      error: null,
      metadata: null,
      created_at: nowSeconds,
      finished_at: null,
    }),
    settles: {
      from: 'running',
      afterMs: 2_000,
      to: ({ id, model }, nowSeconds) => ({
        status: 'succeeded',
        fine_tuned_model: `ft:${String(model)}:telltale-mock::${String(id).slice(-8)}`,
        trained_tokens: 1_000,
        finished_at: nowSeconds,
      }),
      event: 'fine_tuning.job.succeeded',
      ends: { cancelled: 'fine_tuning.job.cancelled' },
    },
    actions: {
      cancel: (job, { nowSeconds }) => changed(job, { status: 'cancelled', finished_at: nowSeconds }),
      pause: (job) => changed(job, { status: 'queued' }),
      resume: (job) => changed(job, { status: 'running' }),
    },
  },
  {
    endpoint,
    path: `${jobs}/:job/events`,
    kind: 'event',
    does: ['list'],
    prefix: 'ftevent-',
    given: 2,
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'fine_tuning.job.event',
      level: 'info',
      type: 'message',
      message: 'Created fine-tuning job.',
      created_at: nowSeconds,
    }),
  },
  {
    endpoint,
    path: `${jobs}/:job/checkpoints`,
    kind: 'checkpoint',
    does: ['list'],
    prefix: 'ftckpt_',
    given: 1,
    make: ({ id, nowSeconds, params }) => ({
      id,
      object: 'fine_tuning.job.checkpoint',
      fine_tuning_job_id: params['job'],
      fine_tuned_model_checkpoint: `ft:mock:telltale-mock::${id.slice(-8)}:ckpt-step-10`,
      metrics: { step: 10, train_loss: 0.5, train_mean_token_accuracy: 0.9 },
      step_number: 10,
      created_at: nowSeconds,
    }),
  },
  {
    endpoint,
    path: permissions,
    kind: 'checkpoint permission',
    does: ['list', 'delete'],
    prefix: 'cp_',
    make: () => ({}),
    deleted: 'checkpoint.permission',
  },
];

export const trainingRoutes: readonly Route[] = [
  { endpoint, method: 'POST', path: permissions, answer: permit },
  { endpoint, method: 'POST', path: '/fine_tuning/alpha/graders/run', answer: grade },
  { endpoint, method: 'POST', path: '/fine_tuning/alpha/graders/validate', answer: validate },
];

function permit({ body, params: { checkpoint = '' }, query, world }: ApiRequest) {
  const { project_ids: ids } = body;
  if (!Array.isArray(ids))
    return refuse(
      400,
      "Missing required parameter: 'project_ids'.",
      'project_ids',
      'missing_required_parameter',
    );
  const shelf = shelfOf(world);
  const made = ids.map((project) => ({
    id: shelf.newId('cp_'),
    object: 'checkpoint.permission',
    project_id: String(project),
    created_at: Math.floor(world.clock.epochMs() / 1_000),
  }));
  const answer = page(made, query, { defaultLimit: 100, mostLimit: 100, order: 'asc' });
  const place = permissions.replace(':checkpoint', encodeURIComponent(checkpoint));
  if (answer.kind === 'refusal') return answer;
  const begin = () => {
    for (const one of made) shelf.set(`${place}/${one.id}`, one);
  };
  return { ...answer, effect: { begin } };
}

const noErrors = {
  formula_parse_error: false,
  invalid_variable_error: false,
  model_grader_parse_error: false,
  model_grader_refusal_error: false,
  model_grader_server_error: false,
  model_grader_server_error_details: null,
  other_error: false,
  python_grader_runtime_error: false,
  python_grader_runtime_error_details: null,
  python_grader_server_error: false,
  python_grader_server_error_type: null,
  sample_parse_error: false,
  truncated_observation_error: false,
  unresponsive_reward_error: false,
};

function grade({ body }: ApiRequest) {
  const grader = graderOf(body);
  if (!grader) return noGrader;
  if (typeof body['model_sample'] !== 'string') {
    return refuse(
      400,
      "Missing required parameter: 'model_sample'.",
      'model_sample',
      'missing_required_parameter',
    );
  }
  return json({
    reward: 1,
    metadata: {
      name: String(grader['name'] ?? ''),
      type: String(grader['type'] ?? ''),
      errors: noErrors,
      execution_time: 0,
      scores: {},
      token_usage: null,
      sampled_model_name: null,
    },
    sub_rewards: {},
    model_grader_token_usage_per_model: {},
  });
}

function validate({ body }: ApiRequest) {
  const grader = graderOf(body);
  return grader ? json({ grader }) : noGrader;
}

const noGrader = refuse(400, "Missing required parameter: 'grader'.", 'grader', 'missing_required_parameter');

function graderOf(body: Body): Body | undefined {
  const { grader } = body;
  return typeof grader === 'object' && grader !== null ? (grader as Body) : undefined;
}
