import type { JoinedBooks } from '../books/join.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/** I9: once the gateways have drained, no call is in flight, no socket carries a request and no timer runs. */
export function nothingIsLeft({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const { gateway, provider } = books.left;
  const { openCalls = 0, requests = 0, resources = {} } = gateway ?? {};
  const running = provider?.running ?? 0;
  findings.add(
    `the wrapper still had ${openCalls} calls that had not ended`,
    openCalls,
    'calls still in flight',
  );
  const carried = 'sockets to the provider still carry a request';
  const pending = [...byCall.values()].filter(({ ledger }) => ledger.some(({ end }) => end === 'pending'));
  const [first] = pending;
  findings.add(`${requests} requests to the provider were still on a socket`, requests, carried);
  // Both ends of a socket know it: what the gateways have told already is not counted again.
  findings.add(
    `the provider still had ${running} requests under way${first ? `, one of ${first.callId}` : ''}`,
    Math.max(0, running - requests),
    carried,
  );
  // A request has its socket, and a call in flight its time-out: told already.
  const told: Readonly<Record<string, number>> = { TCPSocketWrap: requests, Timeout: openCalls };
  for (const [name, count] of Object.entries(resources)) {
    const others = Math.max(0, count - (told[name] ?? 0));
    findings.add(`${others} × ${name} kept a gateway alive`, others, `${name} left`);
  }
  return findings.invariant({
    id: 'I9',
    title: 'After the drain no call, no socket with a request and no timer is left',
    counts: [
      figure('calls in flight, by the wrapper', openCalls),
      figure('requests on a socket, by the gateway', requests),
      figure('requests under way, by the provider', running),
      figure('what else keeps a gateway alive', sayResources(resources)),
    ],
    notes: [],
  });
}

function sayResources(resources: Readonly<Record<string, number>>): string {
  const said = Object.entries(resources).map(([name, count]) => `${count} × ${name}`);
  return said.length === 0 ? 'nothing' : said.join(', ');
}
