/** The version of this package, which is also the version of its instrumentation scope. */
export const version = '0.1.0';
