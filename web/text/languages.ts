import { CHINESE } from './chinese.ts';
import { ENGLISH, type Texts } from './english.ts';

export type Language = 'en' | 'zh';

export const LANGUAGES: Readonly<Record<Language, { readonly name: string; readonly texts: Texts }>> = {
  en: { name: 'English', texts: ENGLISH },
  zh: { name: '中文', texts: CHINESE },
};

/** The first of those that the reader wants which there is; English else. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [language] = tag.toLowerCase().split('-');
    if (language === 'en' || language === 'zh') return language;
  }
  return 'en';
}
