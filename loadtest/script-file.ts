import path from 'node:path';

/** Of the sources, or of the package: the scripts stand where they do in the sources, compiled or not. */
const root = path.dirname(import.meta.dirname);
const extension = path.extname(import.meta.filename);

/** The file that k6 runs, and the folder that a k6 in a container must see for it. */
export function scriptFile(name: string): { readonly root: string; readonly script: string } {
  return { root, script: path.join(root, 'loadtest', 'k6', `${name}${extension}`) };
}

/** A module of ours by its path in the sources, as it is called here. */
export function moduleFile(file: string): string {
  return path.join(root, file.replace(/\.ts$/, extension));
}
