// `node bundle.mjs BUNDLER INPUT OUTPUT`: puts INPUT with all that it imports into the one file OUTPUT, for Node.
import path from 'node:path';

const [bundler, input, output] = process.argv
  .slice(2)
  .map((each, place) => (place ? path.resolve(each) : each));

const bundlers = {
  async esbuild() {
    const { build } = await import('esbuild');
    await build({
      entryPoints: [input],
      outfile: output,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node22.15',
      // What of the application is CommonJS may call `require`, which a file of ES modules does not have.
      banner: {
        js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
      },
    });
  },
  async rollup() {
    const { rollup } = await import('rollup');
    const { nodeResolve } = await import('@rollup/plugin-node-resolve');
    const { default: commonjs } = await import('@rollup/plugin-commonjs');
    const built = await rollup({
      input,
      plugins: [nodeResolve({ exportConditions: ['node'], preferBuiltins: true }), commonjs()],
      onLog: () => {},
    });
    await built.write({ file: output, format: 'esm', inlineDynamicImports: true });
  },
  async rolldown() {
    const { rolldown } = await import('rolldown');
    const built = await rolldown({ input, platform: 'node', onLog: () => {} });
    await built.write({ file: output, format: 'esm', minify: true, codeSplitting: false });
    await built.close();
  },
  async webpack() {
    const { default: webpack } = await import('webpack');
    const compiler = webpack({
      mode: 'production',
      target: 'node22',
      entry: input,
      // It follows what `start()` loads, as far as it is installed: docs/serverless.md says to leave that out.
      externals: { 'telltale/node': 'module telltale/node' },
      experiments: { outputModule: true },
      plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
      output: {
        path: path.dirname(output),
        filename: path.basename(output),
        module: true,
        library: { type: 'module' },
      },
      // Minified code is tried by the others, which take a tenth of the time for it.
      optimization: { minimize: false },
      performance: { hints: false },
    });
    await new Promise((resolve, reject) => {
      compiler.run((error, stats) => {
        const failed = error ?? (stats?.hasErrors() ? new Error(stats.toString('errors-only')) : undefined);
        compiler.close(() => (failed ? reject(failed) : resolve(undefined)));
      });
    });
  },
};

await bundlers[bundler]();
