import { observe } from '../wrap/observe-client.ts';
import { observeOptionsFrom } from './environment.ts';
import { sayFault } from './say.ts';

let failed = false;

/** Observes a client that the application makes. What goes wrong here is said once and never reaches the application. */
export function observeInstance(client: object): void {
  try {
    observe(client, observeOptionsFrom(process.env));
  } catch (fault) {
    if (failed) return;
    failed = true;
    sayFault(fault, 'This client is not observed.');
  }
}
