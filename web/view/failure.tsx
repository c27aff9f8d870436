import type { ApiError } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';

/** Why there is nothing to show. */
export function Failure({ error }: { readonly error: ApiError }) {
  const { texts } = useApp();
  return (
    <p class="error" role="alert">
      {error.status === 0 ? texts.unreachable : error.message}
    </p>
  );
}
