import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { Audit } from '../../../src/account/audit/audit.ts';
import { type AuditOptions, checkAuditOptions } from '../../../src/account/audit/audit-options.ts';
import type { Call } from '../../../src/call.ts';
import { type CallContext, callWith } from '../../../src/call-with.ts';
import { createFakeClock, type FakeClock } from '../../mock/fake-clock.ts';

export function newDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'telltale-audit-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An audit, and how calls are told to it. */
export function newAudit(options: AuditOptions = {}, clock: FakeClock = createFakeClock()) {
  const warnings: string[] = [];
  const audit = new Audit(checkAuditOptions('audit', options), {
    clock,
    warn: (message) => warnings.push(message),
  });
  const tell = (context: CallContext, call: Call): void => {
    const listener = callWith(context, () => audit.observer(call));
    // It ends elsewhere, as calls do.
    callWith({ user: 'somebody else' }, () => listener?.ended?.(call));
  };
  return { audit, clock, tell, warnings };
}

export const dayMs = 86_400_000;
