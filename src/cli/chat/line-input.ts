import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Terminal } from '../shared/terminal.ts';

/** What somebody typed, or that they want to leave. */
export type Typed =
  | { readonly kind: 'text'; readonly text: string }
  /** Ctrl-C where nothing was typed. */
  | { readonly kind: 'interrupt' }
  /** Ctrl-D, or the end of the input. */
  | { readonly kind: 'end' };

/**
 * Reads messages from a terminal. It listens all the time, so that Ctrl-C stops an answer, but shows what is typed only where
 * it is asked for; what is typed earlier is the next message. Lines that come at once, as a text that is pasted, and lines
 * that end with a backslash are one message.
 */
export class LineInput {
  readonly #lines: Interface;
  readonly #screen: MutableScreen;
  readonly #input: NodeJS.ReadableStream;
  readonly #onKey: (text: string | undefined, key: { readonly name?: string } | undefined) => void;
  readonly #typed: Typed[] = [];
  #parts: string[] = [];
  #isGathering = false;
  #isPasting = false;
  #isClosed = false;
  #take: ((typed: Typed) => void) | undefined;
  /** What Ctrl-C does while no message is asked for. */
  onInterrupt: (() => void) | undefined;

  constructor(terminal: Terminal) {
    this.#screen = new MutableScreen(terminal.err);
    this.#lines = createInterface({
      input: terminal.input,
      output: this.#screen,
      terminal: true,
      historySize: 200,
      removeHistoryDuplicates: true,
    });
    this.#lines.on('line', (line) => this.#gather(line));
    this.#lines.on('SIGINT', () => this.#interrupted());
    this.#lines.on('close', () => {
      this.#isClosed = true;
      this.#give({ kind: 'end' });
    });
    // The terminal says where a pasted text begins and ends, which may come in several pieces.
    this.#screen.show(bracketedPaste.on);
    this.#onKey = (_text, key) => {
      if (key?.name === 'paste-start') this.#isPasting = true;
      if (key?.name === 'paste-end') this.#pasted();
    };
    terminal.input.on('keypress', this.#onKey);
    this.#input = terminal.input;
  }

  /** Shows `prompt` and gives what is typed next. */
  async ask(prompt: string): Promise<Typed> {
    const waiting = this.#typed.shift();
    if (waiting) {
      // What was typed ahead was not shown then.
      if (waiting.kind === 'text') this.#screen.show(`${prompt}${waiting.text}\n`);
      return waiting;
    }
    if (this.#isClosed) return { kind: 'end' };
    this.#screen.isMuted = false;
    this.#lines.setPrompt(prompt);
    this.#lines.prompt();
    return await new Promise((resolve) => {
      this.#take = resolve;
    });
  }

  /** A question that is answered with yes or no; anything else is a no. */
  async confirm(question: string): Promise<boolean> {
    const typed = await this.ask(`${question} [y/N] `);
    return typed.kind === 'text' && /^y(es)?$/i.test(typed.text.trim());
  }

  /** As Ctrl-D, also where an answer is on its way. */
  leave(): void {
    this.onInterrupt?.();
    this.#lines.close();
  }

  close(): void {
    this.#input.removeListener('keypress', this.#onKey);
    this.#screen.show(bracketedPaste.off);
    this.#screen.isMuted = true;
    this.#lines.close();
  }

  #gather(line: string): void {
    this.#parts.push(line);
    if (this.#isGathering || this.#isPasting) return;
    this.#isGathering = true;
    // A text that is pasted comes in one go: nothing else runs between its lines.
    queueMicrotask(() => {
      this.#isGathering = false;
      // What was pasted without a last line break is not said yet.
      const hasMore = this.#lines.line !== '' && !this.#screen.isMuted;
      if (hasMore || this.#parts.at(-1)?.endsWith('\\')) {
        this.#goOn();
        return;
      }
      const text = this.#parts.map((part) => part.replace(/\\$/, '')).join('\n');
      this.#parts = [];
      this.#give({ kind: 'text', text });
    });
  }

  /** What was pasted can be looked at and changed before it is said. */
  #pasted(): void {
    this.#isPasting = false;
    if (this.#parts.length > 0) this.#goOn();
  }

  #goOn(): void {
    this.#lines.setPrompt('… ');
    if (!this.#screen.isMuted) this.#lines.prompt(true);
  }

  #interrupted(): void {
    if (!this.#take) {
      this.onInterrupt?.();
      return;
    }
    const isEmpty = this.#lines.line === '' && this.#parts.length === 0;
    this.#parts = [];
    if (isEmpty) {
      this.#screen.show('\n');
      this.#give({ kind: 'interrupt' });
      return;
    }
    // What was typed so far is dropped, as in a shell.
    this.#lines.write(null, { ctrl: true, name: 'e' });
    this.#lines.write(null, { ctrl: true, name: 'u' });
    this.#screen.show('^C\n');
    this.#lines.prompt();
  }

  #give(typed: Typed): void {
    const take = this.#take;
    this.#take = undefined;
    this.#screen.isMuted = true;
    if (take) take(typed);
    else this.#typed.push(typed);
  }
}

const bracketedPaste = { on: '\u001b[?2004h', off: '\u001b[?2004l' };

/** The screen of a terminal, on which nothing is echoed while it is muted. */
class MutableScreen extends Writable {
  readonly #to: NodeJS.WritableStream;
  readonly isTTY = true;
  isMuted = true;

  constructor(to: NodeJS.WritableStream) {
    super();
    this.#to = to;
  }

  get columns(): number {
    return (this.#to as { columns?: number }).columns ?? 80;
  }

  show(text: string): void {
    this.#to.write(text);
  }

  override _write(chunk: Buffer | string, _encoding: BufferEncoding, done: () => void): void {
    if (!this.isMuted) this.#to.write(chunk);
    done();
  }
}
