/** Who is logged in, as `/whoami` has it. Older servers give tags as one text. */
export interface WhoAmI {
  readonly name: string;
  readonly tags: readonly string[] | string;
}

/** What the user's tags allow. The API decides; this is for what is worth showing. */
export class CurrentUser {
  readonly name: string;
  private readonly tags: readonly string[];

  constructor({ name, tags }: WhoAmI) {
    this.name = name;
    this.tags = typeof tags === 'string' ? tags.split(',') : tags;
  }

  get isAdministrator(): boolean {
    return this.tags.includes('administrator');
  }

  /** May look at what belongs to others. */
  get isMonitor(): boolean {
    return this.isAdministrator || this.tags.includes('monitoring');
  }

  get isPolicymaker(): boolean {
    return this.isAdministrator || this.tags.includes('policymaker');
  }
}
