import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import type { Credentials } from '../api/session.ts';
import type { Texts } from '../text/english.ts';

interface LoginPageProps {
  readonly texts: Texts;
  readonly controls: ComponentChildren;
  readonly onLogIn: (credentials: Credentials) => Promise<void>;
}

export function LoginPage({ texts, controls, onLogIn }: LoginPageProps) {
  const [error, setError] = useState<string>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    try {
      await onLogIn({ name: String(data.get('name')), password: String(data.get('password')) });
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      setError(caught.status === 401 ? texts.loginFailed : caught.status === 0 ? texts.unreachable : caught.message);
    }
  };
  return (
    <main class="login">
      <form onSubmit={submit}>
        <h1>
          <img src="favicon.svg" alt="" width="28" height="28" /> Leveret
        </h1>
        <label class="field">
          <span>{texts.userName}</span>
          <input name="name" autocomplete="username" autocapitalize="off" spellcheck={false} required />
        </label>
        <label class="field">
          <span>{texts.password}</span>
          <input name="password" type="password" autocomplete="current-password" />
        </label>
        {error !== undefined && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" class="primary">
          {texts.logIn}
        </button>
      </form>
      {controls}
    </main>
  );
}
