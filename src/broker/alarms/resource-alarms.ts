/** What publishers use up, and may run short. */
export type Resource = 'memory' | 'disk';

/** RabbitMQ's order, where it names both. */
const RESOURCES: readonly Resource[] = ['disk', 'memory'];

/** Is told that a resource is short, and that there is enough of it again. */
export type AlarmObserver = (resource: Resource, isLow: boolean) => void;

/** Who must stop publishing while an alarm is on. */
export interface AlarmListener {
  alarmsOver(): void;
}

/** The alarms that are on. While there is one, publishers wait; when the last is over, they are told. */
export class ResourceAlarms {
  /** Whether publishers have to wait. Looked at for each message. */
  isRaised = false;
  private readonly low = new Set<Resource>();
  private readonly waiting = new Set<AlarmListener>();
  private readonly observers: AlarmObserver[] = [];

  /** Why publishers wait, in RabbitMQ's words: `low on memory`, `low on disk & memory`. */
  get reason(): string {
    return `low on ${RESOURCES.filter((resource) => this.low.has(resource)).join(' & ')}`;
  }

  isLow(resource: Resource): boolean {
    return this.low.has(resource);
  }

  raise(resource: Resource): void {
    this.low.add(resource);
    this.isRaised = true;
  }

  clear(resource: Resource): void {
    if (!this.low.delete(resource) || this.low.size > 0) return;
    this.isRaised = false;
    const listeners = [...this.waiting];
    this.waiting.clear();
    for (const listener of listeners) listener.alarmsOver();
  }

  /** Has the observer told of what is reported (see AlarmReport): not of each time that an alarm goes off and on. */
  observe(observer: AlarmObserver): void {
    this.observers.push(observer);
  }

  report(resource: Resource, isLow: boolean): void {
    for (const observer of this.observers) observer(resource, isLow);
  }

  /** Calls the listener when all alarms are over. */
  wait(listener: AlarmListener): void {
    this.waiting.add(listener);
  }

  forget(listener: AlarmListener): void {
    this.waiting.delete(listener);
  }
}
