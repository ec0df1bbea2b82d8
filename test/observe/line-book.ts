import type { CallLogger, CallLogLine } from '../../src/index.ts';

export interface Line {
  readonly level: keyof CallLogger;
  readonly fields: CallLogLine;
  readonly message: string;
}

/** A logger of pino's shape that keeps what it is given. */
export class LineBook implements CallLogger {
  readonly lines: Line[] = [];

  info(fields: CallLogLine, message: string): void {
    this.lines.push({ level: 'info', fields, message });
  }

  warn(fields: CallLogLine, message: string): void {
    this.lines.push({ level: 'warn', fields, message });
  }

  error(fields: CallLogLine, message: string): void {
    this.lines.push({ level: 'error', fields, message });
  }

  /** The only line. */
  get only(): Line {
    const [line, ...others] = this.lines;
    if (!line || others.length > 0) throw new Error(`There are ${this.lines.length} lines, not one`);
    return line;
  }
}
