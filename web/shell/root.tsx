import { useEffect, useMemo, useState } from 'preact/hooks';
import { ApiClient } from '../api/client.ts';
import { type Credentials, forgetCredentials, keepCredentials, readCredentials } from '../api/session.ts';
import { CurrentUser, type WhoAmI } from '../api/user.ts';
import { LANGUAGES } from '../text/languages.ts';
import { LoginPage } from './login-page.tsx';
import { PreferenceControls } from './preference-controls.tsx';
import { keepLanguage, keepTheme, readLanguage, readTheme } from './preferences.ts';
import { Workspace } from './workspace.tsx';

/** Who is logged in decides what there is: the page to log in, or all others. */
export function Root() {
  const [credentials, setCredentials] = useState(readCredentials);
  const [user, setUser] = useState<CurrentUser>();
  const [language, setLanguage] = useState(readLanguage);
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.setAttribute('data-theme', theme);
  }, [language, theme]);
  const logOut = (): void => {
    forgetCredentials();
    setCredentials(undefined);
    setUser(undefined);
  };
  const api = useMemo(() => credentials && new ApiClient(credentials, logOut), [credentials]);
  useEffect(() => {
    if (api === undefined || user !== undefined) return;
    api.get<WhoAmI>('/whoami').then((whoAmI) => setUser(new CurrentUser(whoAmI)), logOut);
  }, [api, user]);
  const logIn = async (given: Credentials): Promise<void> => {
    const whoAmI = await new ApiClient(given, logOut).get<WhoAmI>('/whoami');
    keepCredentials(given);
    setUser(new CurrentUser(whoAmI));
    setCredentials(given);
  };
  const { texts } = LANGUAGES[language];
  const controls = (
    <PreferenceControls
      texts={texts}
      language={language}
      theme={theme}
      onLanguage={(chosen) => {
        keepLanguage(chosen);
        setLanguage(chosen);
      }}
      onTheme={(chosen) => {
        keepTheme(chosen);
        setTheme(chosen);
      }}
    />
  );
  if (credentials === undefined) return <LoginPage texts={texts} controls={controls} onLogIn={logIn} />;
  if (api === undefined || user === undefined) return null;
  return <Workspace api={api} user={user} language={language} texts={texts} controls={controls} onLogOut={logOut} />;
}
