import type OpenAI from 'openai';
import type { Observer } from '../../../src/observer.ts';
import type { ObserveOptions } from '../../../src/options.ts';

/** A bug to plant in the gateway's wrapper, so that anyone can see the verdict turn red, and see what for. */
export interface SabotagePlan {
  /** What is wrong with the wrapper, for a reader. */
  readonly plants: string;
  /** Where it can show; where none is named, the first is played. */
  readonly scenarios: readonly [string, ...string[]];
  /** What such a scenario has and others lack. */
  readonly needs: string;
  /** The invariant that must break, and alone. */
  readonly invariant: string;
  /** How the verdict tells it from whatever else breaks that invariant. */
  readonly named: string;
  /** A new one: it counts calls. */
  readonly plant: () => Bug;
}

/** Where a bug sits. */
export interface Bug {
  /** Changes the client before it is observed, so that the wrapper stands on something rotten. */
  beneath?(client: OpenAI): void;
  /** Changes what the wrapper is told to do. */
  options?(given: ObserveOptions): ObserveOptions;
  /** Comes between the wrapper and its listeners, of which the first is the telemetry. */
  listeners?(observers: readonly Observer[]): readonly Observer[];
  /** Changes the wrapper's own methods on the client. */
  within?(client: OpenAI): void;
}
