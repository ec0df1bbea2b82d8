import type { Clock } from '../../clock.ts';
import { cutTo, widthOf } from './table.ts';
import { plain, type Terminal } from './terminal.ts';

/** How far some work is. */
export interface BarState {
  /** What is worked on. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** What was done before: the time that it took says nothing of what is left. */
  readonly before: number;
  /** What is counted, as `parts`. */
  readonly unit: string;
  /** As `$0.0123`. */
  readonly cost: string;
}

/** How far some work is, on one line that renews itself; where there is no terminal, in lines. */
export interface ProgressBar {
  update(state: BarState): void;
  /** Writes a line above. */
  say(line: string): void;
  /** Takes the line away. */
  end(): void;
}

/** The elapsed time moves though nothing else does. */
const renewMs = 500;
/** Without a terminal, so that a log is not flooded. */
const betweenLinesMs = 2_000;

export function progressBar(terminal: Terminal, clock: Clock): ProgressBar {
  return terminal.isLive ? liveBar(terminal, clock) : plainLines(terminal, clock);
}

function liveBar(terminal: Terminal, clock: Clock): ProgressBar {
  const { err } = terminal;
  const startedMs = clock.nowMs();
  let state: BarState | undefined;
  let cancel: (() => void) | undefined;
  let isShown = false;

  function clear(): void {
    if (isShown) err.write('\r\u001b[K');
    isShown = false;
  }
  function draw(): void {
    cancel?.();
    if (!state) return;
    // A terminal may have been made wider or narrower meanwhile. In its last column it would wrap.
    const columns = (err as Partial<NodeJS.WriteStream>).columns ?? terminal.columns;
    err.write(`\r${barLine(state, clock.nowMs() - startedMs, columns - 1)}\u001b[K`);
    isShown = true;
    cancel = clock.schedule(draw, renewMs, 'housekeeping');
  }
  return {
    update: (next) => {
      state = next;
      draw();
    },
    say: (line) => {
      clear();
      err.write(`${line}\n`);
      draw();
    },
    end: () => {
      cancel?.();
      state = undefined;
      clear();
    },
  };
}

function plainLines({ err }: Terminal, clock: Clock): ProgressBar {
  const startedMs = clock.nowMs();
  let toldMs = Number.NEGATIVE_INFINITY;
  let told = '';
  return {
    update: (state) => {
      const { label, done, total } = state;
      const which = `${label} ${done} ${total}`;
      const isEnd = done === total;
      if (which === told || (!isEnd && clock.nowMs() - toldMs < betweenLinesMs)) return;
      told = which;
      toldMs = clock.nowMs();
      err.write(`${plainLine(state, clock.nowMs() - startedMs)}\n`);
    },
    say: (line) => {
      err.write(`${line}\n`);
    },
    end: () => undefined,
  };
}

export function plainLine(state: BarState, elapsedMs: number): string {
  const { label, done, total, unit, cost } = state;
  return `${plain(label)}: ${done} of ${total} ${unit} (${percent(state)}%), ${cost}, ${clockTime(elapsedMs)}`;
}

const widestBar = 30;
const narrowestBar = 6;

/** Everything in one line of at most `columns`: where there is no room, first the time left goes, then the time, then the cost. */
export function barLine(state: BarState, elapsedMs: number, columns: number): string {
  const { done, total, before, unit, cost } = state;
  const share = total === 0 ? 0 : Math.min(1, done / total);
  const leftMs = done > before && done < total ? (elapsedMs / (done - before)) * (total - done) : undefined;
  const label = cutTo(plain(state.label).replace(/\s+/g, ' '), Math.max(8, Math.floor(columns / 3)));
  // Each keeps its place while it grows, so that nothing jumps.
  const figures = [
    `${String(percent(state)).padStart(3)}%`,
    `${String(done).padStart(String(total).length)}/${total} ${unit}`,
    cost.padStart(8),
    clockTime(elapsedMs).padStart(5),
    leftMs === undefined ? ' '.repeat(9) : `ETA ${clockTime(leftMs).padStart(5)}`,
  ];
  for (let count = figures.length; count > 0; count -= 1) {
    const rest = figures.slice(0, count).join('  ');
    const room = columns - widthOf(label) - widthOf(rest) - 4;
    if (room < narrowestBar) continue;
    const width = Math.min(widestBar, room);
    const full = Math.floor(share * width);
    return `${label}  ${'█'.repeat(full)}${'░'.repeat(width - full)}  ${rest}`.trimEnd();
  }
  return cutTo(`${percent(state)}% ${label}`, columns);
}

function percent({ done, total }: BarState): number {
  return total === 0 ? 0 : Math.floor((100 * Math.min(done, total)) / total);
}

/** As `0:07` and `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
