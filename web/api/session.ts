/** Who uses the page. They are kept until the tab is closed, and sent to nobody but the API. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

const KEY = 'leveret.credentials';

export function readCredentials(): Credentials | undefined {
  const text = sessionStorage.getItem(KEY);
  return text === null ? undefined : (JSON.parse(text) as Credentials);
}

export function keepCredentials(credentials: Credentials): void {
  sessionStorage.setItem(KEY, JSON.stringify(credentials));
}

export function forgetCredentials(): void {
  sessionStorage.removeItem(KEY);
}
