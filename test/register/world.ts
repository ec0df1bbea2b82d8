import { expect, test } from 'vitest';
import { Application, type Ended, telltaleUrl } from '../node/application.ts';
import { type StandIn, startStandIn } from '../node/stand-in.ts';

export const register = ['--import', telltaleUrl('register.ts')];

/** An application with the provider and the receiver it talks to. */
export class World {
  readonly application = new Application();
  readonly standIn: StandIn;

  constructor(standIn: StandIn) {
    this.standIn = standIn;
  }

  run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.application.run(args, {
      OPENAI_BASE_URL: `${this.standIn.url}/v1`,
      OTEL_EXPORTER_OTLP_ENDPOINT: this.standIn.url,
      ...environment,
    }).ended;
  }

  /** Runs a file with Telltale and without, checks that both did the same with nothing on stderr, and gives what. */
  async sameAsBare(file: string): Promise<string> {
    const [bare, observed] = await Promise.all([this.run([file]), this.run([...register, file])]);
    expect(observed).toEqual(bare);
    expect(bare).toMatchObject({ code: 0, stderr: '' });
    return bare.stdout;
  }

  /** How many spans of calls and of attempts have arrived. */
  spans(): readonly [calls: number, attempts: number] {
    const count = (start: string): number =>
      this.standIn.spans.filter(({ name }) => name.startsWith(start)).length;
    return [count('chat '), count('POST ')];
  }
}

export const it = test.extend<{ world: World }>({
  // biome-ignore lint/correctness/noEmptyPattern: a fixture names the fixtures it needs, and this one needs none.
  world: async ({}, use) => {
    const world = new World(await startStandIn());
    await use(world);
    world.application.remove();
    await world.standIn.close();
  },
});

/** Source of a function that makes one call. */
export const ask = `const ask = async (client) => {
  const { choices } = await client.chat.completions.create({ model: 'm', messages: [] });
  return choices[0].message.content;
};`;
