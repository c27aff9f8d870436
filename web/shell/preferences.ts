import { LANGUAGES, type Language, preferredLanguage } from '../text/languages.ts';

/** Light, dark, or what the system has. */
export type Theme = 'auto' | 'light' | 'dark';

const LANGUAGE_KEY = 'leveret.language';
const THEME_KEY = 'leveret.theme';

export function readLanguage(): Language {
  const kept = localStorage.getItem(LANGUAGE_KEY);
  return kept !== null && kept in LANGUAGES ? (kept as Language) : preferredLanguage(navigator.languages);
}

export function keepLanguage(language: Language): void {
  localStorage.setItem(LANGUAGE_KEY, language);
}

export function readTheme(): Theme {
  const kept = localStorage.getItem(THEME_KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

export function keepTheme(theme: Theme): void {
  localStorage.setItem(THEME_KEY, theme);
}
