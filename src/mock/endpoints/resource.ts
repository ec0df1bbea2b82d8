import type { Body } from '../answer.ts';
import type { Endpoint } from '../endpoint.ts';
import type { World } from '../world.ts';
import type { PageBounds } from './pages.ts';

/** What an object is made of. */
export interface Making {
  readonly id: string;
  readonly nowSeconds: number;
  /** Of the path. */
  readonly params: Readonly<Record<string, string>>;
  /** Of the request; empty for what is there without one. */
  readonly body: Body;
  readonly world: World;
}

export type Verb = 'create' | 'retrieve' | 'update' | 'list' | 'delete';

/** The end of an object that takes its time. */
export interface Settling {
  /** The status in which it works. */
  readonly from: string;
  readonly afterMs: number;
  /** What it is then. */
  readonly to: (object: Body, nowSeconds: number) => Body;
  /** The event that tells of it. */
  readonly event: string;
  /** The events that tell of other ends, by the status that an action brought about. */
  readonly ends?: Readonly<Record<string, string>>;
}

export const all: readonly Verb[] = ['create', 'retrieve', 'update', 'list', 'delete'];
export const readOnly: readonly Verb[] = ['retrieve', 'list'];

/** A family of objects that the API makes, shows, changes and forgets, and does little else with. */
export interface Resource {
  readonly endpoint: Endpoint;
  /** Of the family, below `/v1`: `/vaults/:vault/credentials`. */
  readonly path: string;
  /** What an object is called where there is none: `Vault`. */
  readonly kind: string;
  readonly does: readonly Verb[];
  /** Of ids: `vault_`. */
  readonly prefix: string;
  /** The path of the object that it belongs to. @default the path's own, where a family of the table has it */
  readonly within?: string;
  /**
   * A new object. A field that the request names too is the request's, but for those that are the provider's own; an object in it
   * is completed by the one here.
   */
  readonly make: (making: Making) => Body;
  /** The field that the path names it by. @default 'id' */
  readonly idField?: string;
  /** What its id is, where the request says it. */
  readonly idOf?: (body: Body) => unknown;
  /** Fields that the request must have. */
  readonly required?: readonly string[];
  /** Fields that the answer to its creation has in addition: a secret that is shown once. */
  readonly once?: (making: Making) => Body;
  /** The name of its kind in the answer to its deletion, or that answer; null for one without a body. */
  readonly deleted?: string | ((object: Body) => Body) | null;
  /**
   * What can be done to it: `cancel` is a POST to `/…/:id/cancel`, and gives the fields that it
   * changes; the one without a name is a POST to the object itself.
   */
  readonly actions?: Readonly<Record<string, (object: Body, making: Making) => Body>>;
  /** How many there are without anybody's doing. @default 0 */
  readonly given?: number;
  readonly page?: PageBounds;
  /** How it comes to its end by itself. */
  readonly settles?: Settling;
  /** Whether it is made from a form rather than JSON. @default false */
  readonly form?: boolean;
}
