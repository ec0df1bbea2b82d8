/** How figures are written. A figure that does not exist (NaN, null from JSON) is a dash, never a zero. */

export const ABSENT = '–';
const NO_BREAK_SPACE = '\u00a0';
const LONGEST_TEXT = 2_000;

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0, signDisplay: 'negative' });
const exact = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 12, signDisplay: 'negative' });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 });

function fixed(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function withUnit(figure: string, unit: string): string {
  return `${figure}${NO_BREAK_SPACE}${unit}`;
}

/** `12,345`. */
export function count(value: number): string {
  return Number.isFinite(value) ? minus(whole.format(value)) : ABSENT;
}

/** `12345`, for what is copied: a seed. */
export function ungrouped(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : ABSENT;
}

/** `12,345`, and `12.35M` where the whole figure would be too long for a card. */
export function shortCount(value: number): string {
  return Math.abs(value) < 1e7 ? count(value) : Number.isFinite(value) ? compact.format(value) : ABSENT;
}

/** A difference between books, never rounded to 0: `−39`, `0.000012`. */
export function difference(value: number): string {
  return Number.isFinite(value) ? minus(exact.format(value)) : ABSENT;
}

function minus(figure: string): string {
  return figure.replace('-', '−');
}

/** `1.62`. */
export function decimal(value: number, digits = 2): string {
  return Number.isFinite(value) ? fixed(value, digits) : ABSENT;
}

/** `0.4 ms`, `340 ms`, `1.2 s`, `3 min 20 s`, `1 h 12 min`: two or three digits that matter. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return ABSENT;
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms === 0) return withUnit('0', 'ms');
  if (ms < 9.95) return withUnit(ms < 0.05 ? '<0.1' : fixed(ms, 1), 'ms');
  if (ms < 999.5) return withUnit(whole.format(ms), 'ms');
  if (ms < 59_950) return withUnit(fixed(ms / 1000, 1), 's');
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return inTwo(seconds, 60, 'min', 's');
  return inTwo(Math.round(seconds / 60), 60, 'h', 'min');
}

/** For an axis, whose ticks are round: `1 s` rather than `1.0 s`. */
export function tickDuration(ms: number): string {
  return duration(ms).replace('.0', '');
}

function inTwo(value: number, base: number, large: string, small: string): string {
  const rest = value % base;
  const head = withUnit(count(Math.floor(value / base)), large);
  return rest === 0 ? head : `${head}${NO_BREAK_SPACE}${withUnit(String(rest), small)}`;
}

/** A moment of the run, `1:05`, or `1:02:05` from the first hour on. */
export function clock(ms: number): string {
  if (!Number.isFinite(ms)) return ABSENT;
  const seconds = Math.max(0, Math.round(ms / 1000));
  const pad = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${pad(seconds % 60)}`;
  return `${count(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

/** `$0.0123`, `$1,234.56`. What cannot be priced is unknown, not free. */
export function usd(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return 'unknown';
  if (value < 0) return `−${usd(-value, digits)}`;
  if (value > 0 && value < 0.5 * 10 ** -digits) return `<$${fixed(10 ** -digits, digits)}`;
  return `$${fixed(value, value < 100 ? digits : 2)}`;
}

/** `97.4 %`. Says 100 % or 0 % only when it is exactly that. */
export function share(part: number, of: number): string {
  const percent = (part / of) * 100;
  if (!Number.isFinite(percent)) return ABSENT;
  if (percent === 0 || percent === 100) return withUnit(String(percent), '%');
  if (percent > 0 && percent < 0.1) return withUnit('<0.1', '%');
  if (percent > 99.9 && percent < 100) return withUnit('>99.9', '%');
  return withUnit(fixed(percent, 1), '%');
}

/** `130 /s`, `0.5 /s`. */
export function perSecond(value: number): string {
  if (!Number.isFinite(value)) return ABSENT;
  return withUnit(Number.isInteger(value) ? count(value) : fixed(value, 1), '/s');
}

/** `4 calls`, `1 call`. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** `2026-03-04 12:30:05 UTC`, or the text as it came where it is no date. */
export function instant(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A span attribute, with every digit. */
export function attribute(value: string | number | boolean): string {
  if (typeof value === 'string') return clip(value);
  return typeof value === 'number' && !Number.isFinite(value) ? ABSENT : String(value);
}

/** Keeps one absurdly long text from filling the page, and says that it did. */
export function clip(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  return `${text.slice(0, LONGEST_TEXT)}… (${count(text.length)} characters)`;
}
