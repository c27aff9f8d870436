import { useApp } from '../shell/app-context.ts';
import { formatCount } from './format.ts';

interface PagerProps {
  /** From 1. */
  readonly page: number;
  readonly pageCount: number;
  readonly onChange: (page: number) => void;
}

/** Leads from page to page, where there are several. */
export function Pager({ page, pageCount, onChange }: PagerProps) {
  const { texts, language } = useApp();
  if (pageCount <= 1) return null;
  return (
    <div class="pager">
      <button type="button" disabled={page <= 1} onClick={() => onChange(page - 1)}>
        {texts.previous}
      </button>
      <span>{texts.pageOf(formatCount(page, language), formatCount(pageCount, language))}</span>
      <button type="button" disabled={page >= pageCount} onClick={() => onChange(page + 1)}>
        {texts.next}
      </button>
    </div>
  );
}
