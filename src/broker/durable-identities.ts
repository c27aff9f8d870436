import type { Message } from '../protocol/message.ts';
import type { IdentityLog, IdentitySource } from '../storage/identities/identity-log.ts';
import type { IdentityRecord } from '../storage/identities/identity-record.ts';
import type { MessageStore } from '../storage/message/message-store.ts';
import type { MessageJournal } from '../storage/message-journal.ts';

export type { IdentityRecord, IdentitySource };

interface Noted {
  readonly record: IdentityRecord;
  /** A reference, until the record is on disk. */
  readonly slot: number;
  /** Of the group commit: the message is on disk once it is. */
  readonly batch: number;
}

/**
 * Brings to disk which messages exchanges have seen. The order makes it safe: first the message is there, which names the
 * exchange among its receivers; then its identity is noted; and only when that is on disk the exchange is done with the
 * message. So neither is there without the other, whatever comes in between.
 */
export class DurableIdentities {
  private readonly log: IdentityLog;
  private readonly store: MessageStore;
  private readonly journal: MessageJournal;
  private noted: Noted[] = [];
  private awaitedBatch = 0;

  constructor(log: IdentityLog, store: MessageStore, journal: MessageJournal) {
    this.log = log;
    this.store = store;
    this.journal = journal;
  }

  /** What was known before the restart, the oldest first. */
  get recovered(): readonly IdentityRecord[] {
    return this.log.recovered;
  }

  /** The source's identities are to be kept. */
  keep(source: IdentitySource): void {
    this.log.add(source);
  }

  /** None of the source's identities counts any more. */
  forget(source: IdentitySource): void {
    this.log.remove(source);
  }

  /** Keeps what the message is known by, if the message itself is to survive; returns whether it is. */
  note(record: IdentityRecord, message: Message): boolean {
    if (!this.journal.holds(message.slot)) return false;
    const { commit } = this.journal;
    this.noted.push({ record, slot: this.store.hold(message), batch: commit.batch });
    if (commit.batch !== this.awaitedBatch) {
      this.awaitedBatch = commit.batch;
      commit.wait({ committed: () => this.write(), commitFailed: () => undefined });
    }
    return true;
  }

  private write(): void {
    const { commit } = this.journal;
    const later = this.noted.findIndex(({ batch }) => batch > commit.committedBatch);
    const due = this.noted.splice(0, later === -1 ? this.noted.length : later);
    const written: Noted[] = [];
    for (const each of due) {
      try {
        this.log.append(each.record);
        written.push(each);
      } catch {
        // Its message stays, and says the same at the next start.
      }
    }
    const release = () => {
      for (const { record, slot } of written) this.store.release(slot, record.owner);
    };
    commit.wait({ committed: release, commitFailed: () => undefined });
  }
}
