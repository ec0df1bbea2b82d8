// A terminal obeys control characters, HTML forbids most of them, and a bidirectional override makes a line read as what it
// is not: all are shown rather than obeyed. Tab and line feed stay.
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]/g;
const LONE_SURROGATE = /[\ud800-\udfff]/gu;

function showControl(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** The text with what a reader would not see, or be fooled by, made visible. */
export function showControls(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd').replace(CONTROL, showControl);
}

/** The same in one line. */
export function oneLine(text: string): string {
  return showControls(text).replace(/\s+/g, ' ').trim();
}
