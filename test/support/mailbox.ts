/** What arrived and what is awaited, in order: every `next` takes the oldest event, or waits for one until its time is up. */
export class Mailbox<Event> {
  private readonly events: Event[] = [];
  private wake: (() => void) | undefined;
  private ended: Error | undefined;

  push(event: Event): void {
    this.events.push(event);
    this.wake?.();
  }

  /** Nothing more will come: whoever waits now or later for more than is already here gets the reason. */
  end(reason: Error): void {
    this.ended ??= reason;
    this.wake?.();
  }

  get size(): number {
    return this.events.length;
  }

  async next(timeoutMs: number, wanted: string): Promise<Event> {
    await this.arrivalOrEnd(timeoutMs);
    const event = this.events.shift();
    if (event !== undefined) return event;
    const reason = this.ended?.message ?? `nothing arrived in ${timeoutMs} ms`;
    throw new Error(`${reason}, while waiting for ${wanted}`);
  }

  /** Until there is an event or there can be none, or until the time is up. For one waiter at a time. */
  async arrivalOrEnd(timeoutMs: number): Promise<void> {
    if (this.events.length > 0 || this.ended !== undefined) return;
    if (this.wake !== undefined) throw new Error('somebody waits for this mailbox already');
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    this.wake = undefined;
  }
}
