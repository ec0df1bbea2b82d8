import type { Route } from '../route.ts';
import { agentEventRoutes } from './agent-events.ts';
import { sessionResources } from './agent-sessions.ts';
import { agentResources } from './agents.ts';
import { assistantResources } from './assistants.ts';
import { audioRoutes } from './audio.ts';
import { chatkitResources } from './chatkit.ts';
import { containerFileRoutes } from './container-files.ts';
import { containerResources } from './containers.ts';
import { decisionRoutes } from './decisions.ts';
import { evalResources } from './evals.ts';
import { imageRoutes } from './images.ts';
import { organizationResources } from './organization.ts';
import { assetResources } from './organization-assets.ts';
import { organizationSettingRoutes } from './organization-settings.ts';
import { projectResources } from './projects.ts';
import { realtimeRoutes } from './realtime.ts';
import { resourceRoutes } from './resource-routes.ts';
import { runRoutes } from './runs.ts';
import { safetyRoutes } from './safety.ts';
import { skillResources, skillRoutes } from './skills.ts';
import { speechRoutes } from './speech.ts';
import { storedChatResources, storedChatRoutes } from './stored-chat.ts';
import { trainingResources, trainingRoutes } from './training.ts';
import { vectorStoreResources, vectorStoreRoutes } from './vector-stores.ts';
import { videoResources, videoRoutes } from './videos.ts';
import { voiceResources } from './voices.ts';
import { webhookEndpointResources, webhookEndpointRoutes } from './webhook-endpoints.ts';

const fromTables = resourceRoutes([
  ...storedChatResources,
  ...assistantResources,
  ...agentResources,
  ...sessionResources,
  ...vectorStoreResources,
  ...trainingResources,
  ...evalResources,
  ...containerResources,
  ...chatkitResources,
  ...voiceResources,
  ...videoResources,
  ...skillResources,
  ...webhookEndpointResources,
  ...organizationResources,
  ...assetResources,
  ...projectResources,
]);

function creationOf(family: string): Route['answer'] {
  const route = fromTables.find(({ method, path }) => method === 'POST' && path === family);
  if (!route) throw new Error(`Nothing creates ${family}`);
  return route.answer;
}

/** Every endpoint that does little more than make, show, change and forget. What is done by hand comes before the tables. */
export const plainRoutes: readonly Route[] = [
  ...imageRoutes,
  ...audioRoutes,
  ...speechRoutes,
  ...realtimeRoutes,
  ...decisionRoutes,
  ...safetyRoutes,
  ...storedChatRoutes,
  ...runRoutes,
  ...vectorStoreRoutes(creationOf('/vector_stores')),
  ...trainingRoutes,
  ...containerFileRoutes,
  ...skillRoutes,
  ...videoRoutes,
  ...webhookEndpointRoutes,
  ...organizationSettingRoutes,
  ...agentEventRoutes(creationOf('/agents/sessions')),
  ...fromTables,
];
