import { version } from '../version.ts';

/** The instrumentation scope of everything that Telltale records. */
export const scope = { name: 'telltale', version } as const;
