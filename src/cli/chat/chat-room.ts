import path from 'node:path';
import { systemClock } from '../../clock.ts';
import { type Conversation, conversation, conversations, fileRecords } from '../../patterns/index.ts';
import type { Session } from '../shared/session.ts';
import type { ChatArguments } from './arguments.ts';
import { newName } from './names.ts';
import { TurnLog } from './turn-log.ts';

/** The session that is talked in, and what is needed to go to another one. */
export class ChatRoom {
  readonly session: Session;
  readonly log: TurnLog;
  readonly all: ReturnType<typeof conversations>;
  readonly #store: ReturnType<typeof fileRecords>;
  readonly #given: ChatArguments;
  #current: Conversation | undefined;
  #model: string;

  constructor(session: Session, given: ChatArguments, tell: (sentence: string) => void) {
    this.session = session;
    this.#given = given;
    this.#model = session.model;
    this.#store = fileRecords(path.join(session.dataDirectory, 'conversations'));
    this.all = conversations({ store: this.#store, client: session.openai });
    this.log = new TurnLog(session.dataDirectory, systemClock.epochMs, tell);
  }

  get model(): string {
    return this.#model;
  }

  /** The one that is talked in. */
  get chat(): Conversation {
    if (!this.#current) throw new Error('No session is open.');
    return this.#current;
  }

  /** @throws TelltaleError `record_unknown` with `mustExist`; `record_damaged`, `record_newer` */
  async open(
    name: string,
    { mustExist = false }: { readonly mustExist?: boolean } = {},
  ): Promise<Conversation> {
    this.#current = await this.#conversation(name, this.#model, mustExist);
    return this.#current;
  }

  /** What is said from now on is answered by another model. */
  async useModel(model: string): Promise<void> {
    const { id } = this.chat;
    this.#current = await this.#conversation(id, model, false);
    this.#model = model;
  }

  async newName(): Promise<string> {
    const day = new Date(systemClock.epochMs()).toISOString().slice(0, 10);
    const known = await this.all.list();
    return newName(
      day,
      known.map(({ id }) => id),
    );
  }

  /** The one that was used last; undefined where there is none. */
  async lastName(): Promise<string | undefined> {
    return (await this.all.list())[0]?.id;
  }

  async #conversation(id: string, model: string, mustExist: boolean): Promise<Conversation> {
    const { via, instructions, keep, summarise, retentionMs } = this.#given;
    return await conversation({
      client: this.session.openai,
      id,
      model,
      store: this.#store,
      keep,
      summarise,
      mustExist,
      tags: { command: 'chat' },
      ...(via !== undefined && { via }),
      ...(instructions !== undefined && { instructions }),
      ...(retentionMs !== undefined && { retentionMs }),
    });
  }
}
