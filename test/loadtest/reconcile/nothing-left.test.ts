import { describe, expect, it } from 'vitest';
import { leftInAll } from '../../../loadtest/books/left.ts';
import { broken, changeEntry, find, type OpenBooks, ok } from './example-books.ts';

const i9 = (spoil: (books: OpenBooks) => unknown) => find('I9', spoil);

describe('I9', () => {
  it('shows all that must be nothing', () => {
    expect(i9(() => {}).counts).toEqual([
      { book: 'calls in flight, by the wrapper', value: '0' },
      { book: 'requests on a socket, by the gateway', value: '0' },
      { book: 'requests under way, by the provider', value: '0' },
      { book: 'what else keeps a gateway alive', value: 'nothing' },
    ]);
  });

  const cases: readonly [string, string[], (books: OpenBooks) => unknown][] = [
    ['a call in flight', ['2 × calls still in flight'], (books) => (books.openCalls = 2)],
    [
      'a socket that carries a request',
      ['1 × sockets to the provider still carry a request'],
      (books) => (books.left = { requests: 1, resources: {} }),
    ],
    [
      'a request that only the provider knows of',
      ['1 × sockets to the provider still carry a request'],
      (books) => (books.providerLeft = { running: 1 }),
    ],
    ['a timer', ['3 × Timeout left'], (books) => (books.left = { requests: 0, resources: { Timeout: 3 } })],
    [
      'a socket that carries nothing and keeps the process alive',
      ['1 × TCPSocketWrap left'],
      (books) => (books.left = { requests: 0, resources: { TCPSocketWrap: 1 } }),
    ],
    [
      'a server',
      ['1 × TCPServerWrap left'],
      (books) => (books.left = { requests: 0, resources: { TCPServerWrap: 1 } }),
    ],
  ];
  it.each(cases)('names %s', (_what, how, spoil) => {
    expect(broken(spoil)).toEqual(['I9']);
    expect(i9(spoil).broken).toEqual(how);
  });

  it('counts once what both ends of a socket know, with the handle that Node shows', () => {
    const { difference, examples } = i9((books) => {
      books.left = { requests: 2, resources: { TCPSocketWrap: 2 } };
      books.providerLeft = { running: 2 };
    });
    expect(difference).toBe(2);
    expect(examples).toEqual(['2 requests to the provider were still on a socket']);
  });

  it('counts a call once with the time-out that watches over it', () => {
    const { broken: how } = i9((books) => {
      books.openCalls = 2;
      books.left = { requests: 0, resources: { Timeout: 3 } };
    });
    expect(how).toEqual(['2 × calls still in flight', '1 × Timeout left']);
  });

  it('names a call whose request the provider was at', () => {
    const { examples } = i9((books) => {
      changeEntry(books, ok, { end: 'pending' });
      books.providerLeft = { running: 1 };
    });
    expect(examples).toEqual([`the provider still had 1 requests under way, one of ${ok}`]);
  });
});

describe('what all gateways hold', () => {
  it('is what each of them holds', () => {
    const one = { openCalls: 1, requests: 2, resources: { Timeout: 1 } };
    const other = { openCalls: 0, requests: 1, resources: { Timeout: 2, TCPServerWrap: 1 } };
    expect(leftInAll([one, other])).toEqual({
      openCalls: 1,
      requests: 3,
      resources: { Timeout: 3, TCPServerWrap: 1 },
    });
  });

  it('is not known where one of them told nothing', () => {
    expect(leftInAll([{ openCalls: 0, requests: 0, resources: {} }, undefined])).toBeUndefined();
  });
});
