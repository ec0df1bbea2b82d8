import type { Exchange } from '../exchange.ts';
import type { HtmlPageFault, NoBodyFault } from '../faults.ts';

/**
 * How long what was sent has to arrive before a reset follows it: with the reset some systems throw away what their
 * program has not read yet.
 */
const GRACE_MS = 10;

export function resetAfterData(exchange: Exchange): void {
  exchange.after(GRACE_MS, () => exchange.destroy('at-once'));
}

/** Half a header, and then a reset. */
export function breakInHeaders(exchange: Exchange): void {
  exchange.raw('HTTP/1.1 200 OK\r\ncontent-type: applica', () => resetAfterData(exchange));
}

/** The headers are given already: nothing follows them, or a reset. */
export function breakAfterHeaders(exchange: Exchange, kind: NoBodyFault['kind']): void {
  exchange.flush();
  if (kind === 'reset-after-headers') resetAfterData(exchange);
}

/** As of a proxy that knows nothing of the provider's API. */
export function deliverPage(exchange: Exchange, { httpStatus = 502 }: HtmlPageFault): void {
  const title = httpStatus === 200 ? 'Just a moment...' : `Error ${httpStatus}`;
  const page = `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  exchange.amend(() => ({
    'content-type': 'text/html; charset=UTF-8',
    'content-length': Buffer.byteLength(page),
    server: 'proxy',
  }));
  exchange.head(httpStatus, {});
  exchange.end(page, 'complete');
}
