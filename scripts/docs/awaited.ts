/** What pages may lead to although it does not exist yet: nothing, but for the days in which it is being written. */
export const awaited: { readonly files: readonly string[]; readonly commands: readonly string[] } = {
  files: [],
  commands: [],
};
