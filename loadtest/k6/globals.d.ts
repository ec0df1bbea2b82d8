/** k6 has a console, which its types leave to the browser's. */
declare const console: { log(message: string): void };
