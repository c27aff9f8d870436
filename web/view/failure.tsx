import type { ApiError } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';
import type { Texts } from '../text/english.ts';

/** Why there is nothing to show. */
export function Failure({ error }: { readonly error: ApiError }) {
  const { texts } = useApp();
  return (
    <p class="error" role="alert">
      {reasonFor(error, texts)}
    </p>
  );
}

/** What the API says to those who may not; who is not logged in sees another page. */
const NOT_PERMITTED = 401;

function reasonFor({ status, message }: ApiError, texts: Texts): string {
  if (status === 0) return texts.unreachable;
  return status === NOT_PERMITTED ? texts.notPermitted(message) : message;
}
