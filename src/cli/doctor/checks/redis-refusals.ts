import { type Finding, problem, warning } from '../finding.ts';
import { probeKeys, type Refused, redisCommands } from './redis-probe.ts';

const mayNot = /NOPERM|ACL failure|can't run this command/i;

/** What a Redis says to anybody who comes, in a sentence of its own each; undefined for all else. */
export function answeredWith(shown: string, said: string): Finding | undefined {
  if (/NOAUTH/.test(said))
    return problem(
      `The Redis at ${shown} wants a password, and its address has none (NOAUTH).`,
      'Put it into the address: redis://:PASSWORD@HOST:PORT, or redis://NAME:PASSWORD@HOST:PORT for a user of its own.',
    );
  if (/WRONGPASS|invalid password|invalid username-password/i.test(said))
    return problem(
      `The Redis at ${shown} does not know the name and password of its address (WRONGPASS).`,
      'Correct them. Characters such as @ : / # and % are written with percent signs there (%40 for @).',
    );
  if (/CLUSTERDOWN/.test(said))
    return problem(
      `The Redis Cluster of ${shown} is down (${said}).`,
      'Look at what it lacks: redis-cli --cluster check HOST:PORT. Each of its 16384 slots needs a primary.',
    );
  if (/CROSSSLOT/.test(said))
    return problem(
      `The Redis at ${shown} takes keys with one hash tag for keys of several slots (CROSSSLOT).`,
      'All keys of a store have one, telltale:{KEY}:…, and have to stand together: let it, or the proxy before it, go by hash tags.',
    );
  if (/^(MOVED|ASK)\b/.test(said)) return ofCluster(shown);
  if (/READONLY/.test(said))
    return problem(
      `The Redis at ${shown} is a replica, which takes no writes (READONLY).`,
      'Name its primary, or let Sentinel or the Cluster client of ioredis find it.',
    );
  if (/^(LOADING|BUSY|MASTERDOWN)\b|max number of clients/.test(said))
    return problem(
      `The Redis at ${shown} is there, but serves nobody now (${said.slice(0, 120)}).`,
      'Wait until it is done with that, or give it room for more clients (maxclients), and ask again.',
    );
  return undefined;
}

/** One node of several answers only for its own keys. */
export function ofCluster(shown: string): Finding {
  return warning(
    `The Redis at ${shown} is a node of a Redis Cluster: a client of one node is sent away for keys of the others (MOVED).`,
    "Give the stores a client of the cluster: new Cluster([{ host, port }]) of ioredis. All keys of a store's `key` have one hash tag, so they stand together.",
  );
}

/** Why scripts do not do there what they have to; the first reason of each kind. */
export function refusalFindings(shown: string, refused: readonly Refused[]): readonly Finding[] {
  const first = refused[0];
  if (!first) return [];
  const known = answeredWith(shown, first.said);
  if (known) return [known];
  const byKey = refused.find(({ said }) => mayNot.test(said) && /\bkeys?\b/i.test(said));
  if (byKey)
    return [
      warning(
        `The user of the Redis at ${shown} may not use ${probeKeys[0]}, which was tried (NOPERM).`,
        'Allow the keys of your own `key` there: ACL SETUSER NAME ~telltale:{KEY}:* for limits and budgets, ~{KEY}:* for records. Where they are, this is only about the name that was tried.',
      ),
    ];
  const commands = refused.filter(({ said }) => mayNot.test(said)).map(({ command }) => command);
  if (commands.length > 0)
    return [
      problem(
        `The user of the Redis at ${shown} may not run ${commands.join(', ')} (NOPERM).`,
        `Allow all that the scripts need: ACL SETUSER NAME ${redisCommands.map((one) => `+${one.toLowerCase()}`).join(' ')}`,
      ),
    ];
  return [
    problem(
      `The Redis at ${shown} does not run the scripts that limits and budgets are (${first.command}: ${first.said.slice(0, 120)}).`,
      'Look up what it says; Redis from 6.2 and Valkey run them.',
    ),
  ];
}
