/** Where in the pages one is: the parts of the address behind `#/`, decoded. */
export type Route = readonly string[];

export const HOME: Route = ['overview'];

export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#\/?/, '').split('/');
  if (parts[0] === '') return HOME;
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return HOME; // a percent sign that was typed
  }
}

/** The address of a page, for links. */
export function routeTo(...parts: Route): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}
