/** What went wrong, as a stable identifier that callers may branch on. */
export type TelltaleErrorCode =
  | 'invalid_option'
  | 'already_observed'
  | 'missing_package'
  | 'already_started'
  | 'port_in_use'
  | 'mock_failed'
  | 'k6_missing';

/** An error of Telltale's own. What the provider or the client throws is never wrapped in one. */
export class TelltaleError extends Error {
  override readonly name = 'TelltaleError';
  /** Stable across versions. */
  readonly code: TelltaleErrorCode;

  constructor(code: TelltaleErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
