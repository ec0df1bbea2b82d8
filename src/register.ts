/*
 * `node --import telltale/register app.js`: starts OpenTelemetry and lets the application's imports of `openai` give
 * observed clients. Configured by `OTEL_*` and `TELLTALE_*` variables. Whatever is wrong with those is said in one
 * sentence, and the application runs.
 */
import module from 'node:module';
import { TelltaleError } from './errors.ts';
import { start } from './node/index.ts';
import { observeOptionsFrom } from './register/environment.ts';
import { redirectOpenai } from './register/hooks.ts';
import { say, sayFault } from './register/say.ts';

function register(): void {
  if (typeof module.registerHooks !== 'function') {
    say(`Node 22.15 or newer is needed, and this is ${process.version}. Nothing is observed.`);
    return;
  }
  try {
    observeOptionsFrom(process.env);
  } catch (fault) {
    sayFault(fault, 'Nothing is observed.');
    return;
  }
  redirectOpenai();
  try {
    start();
  } catch (fault) {
    // An SDK that another `--import` has set up receives everything just as well.
    if (fault instanceof TelltaleError && fault.code === 'already_started') return;
    sayFault(fault, 'No telemetry is sent.');
  }
}

register();
