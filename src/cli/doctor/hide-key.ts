/** As much of a key as may be seen by chance in another text. */
const harmlessLength = 7;

/**
 * Takes out of a text whatever it shares with a key. No check says a key; but it may stand in something else that is shown,
 * as in the path of an address, or, in small letters, for a host.
 */
export function hideKey(text: string, key: string): string {
  // A name that a shell did not replace is no secret.
  if (/^\$\{?\w+\}?$/.test(key.trim())) return text;
  const [inText, inKey] = [text.toLowerCase(), key.toLowerCase()];
  // Where small letters are longer, places in them are other places.
  if (inText.length !== text.length)
    return inKey.length > harmlessLength && inText.includes(inKey) ? '…' : text;
  const length = harmlessLength + 1;
  let shown = '';
  let hiddenUntil = 0;
  for (let at = 0; at < text.length; at++) {
    const piece = inText.slice(at, at + length);
    const isShared = piece.length === length && inKey.includes(piece);
    if (isShared && at >= hiddenUntil) shown += '…';
    if (isShared) hiddenUntil = at + length;
    if (at >= hiddenUntil) shown += text[at];
  }
  return shown;
}
