/** What the patterns measure beside the calls that they make: `observe` knows the instruments, and no stage may know a stage. */
export { type PatternInstruments, patternInstruments } from './observe/pattern-instruments.ts';
export { attr } from './observe/semconv.ts';
