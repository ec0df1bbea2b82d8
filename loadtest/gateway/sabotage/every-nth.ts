/** True at every `nth` time that it is asked. */
export function everyNth(nth: number): () => boolean {
  let count = 0;
  return () => ++count % nth === 0;
}
