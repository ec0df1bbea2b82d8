import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Only how long is waited for what never comes: on a machine with two busy cores, five seconds are few.
    testTimeout: 20_000,
    // What has to come about at some time may take long where other tests take the processor; a second is too short there.
    expect: { poll: { timeout: 20_000 } },
  },
});
