import { all, type Resource } from './resource.ts';

export const voiceResources: readonly Resource[] = [
  {
    endpoint: 'audio',
    path: '/audio/voices',
    kind: 'voice',
    does: ['create', 'delete'],
    prefix: 'voice_',
    form: true,
    required: ['name'],
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'audio.voice',
      name: '',
      type: 'audio_sample',
      created_at: nowSeconds,
    }),
  },
  {
    endpoint: 'audio',
    path: '/audio/voice_consents',
    kind: 'voice consent',
    does: all,
    prefix: 'cons_',
    form: true,
    required: ['name', 'language'],
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'audio.voice_consent',
      name: '',
      language: '',
      created_at: nowSeconds,
    }),
    deleted: 'audio.voice_consent',
  },
];
