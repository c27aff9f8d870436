import type { Texts } from '../text/english.ts';
import { LANGUAGES, type Language } from '../text/languages.ts';
import type { Theme } from './preferences.ts';

interface PreferenceControlsProps {
  readonly texts: Texts;
  readonly language: Language;
  readonly theme: Theme;
  readonly onLanguage: (language: Language) => void;
  readonly onTheme: (theme: Theme) => void;
}

/** Language and theme. */
export function PreferenceControls({ texts, language, theme, onLanguage, onTheme }: PreferenceControlsProps) {
  const themes: Readonly<Record<Theme, string>> = {
    auto: texts.themeAuto,
    light: texts.themeLight,
    dark: texts.themeDark,
  };
  return (
    <div class="preferences">
      <label>
        <span>{texts.language}</span>
        <select value={language} onChange={(event) => onLanguage(event.currentTarget.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, { name }]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{texts.theme}</span>
        <select value={theme} onChange={(event) => onTheme(event.currentTarget.value as Theme)}>
          {Object.entries(themes).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
