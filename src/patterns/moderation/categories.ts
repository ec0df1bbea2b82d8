/** What OpenAI's moderation looks for. A closed set: what it may find beside these is `other`. */
export const moderationCategories = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
] as const;

/** A category of the moderation endpoint. */
export type ModerationCategory = (typeof moderationCategories)[number];
