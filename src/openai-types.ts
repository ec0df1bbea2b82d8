/*
 * The types of `telltale/openai`: those of `openai` itself, namespaces included, so that changing the import changes
 * no type. At run time the entry is `openai.ts`.
 */
// biome-ignore lint/performance/noReExportAll: the types of the drop-in are openai's, all of them.
export * from 'openai';
export { default } from 'openai';
