import type { TopologyNodeKind } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import type { Texts } from '../text/english.ts';
import { formatCount, formatRate } from '../view/format.ts';
import type { DrawnNode } from './collapse.ts';
import type { Point } from './layout.ts';
import { nameOf } from './node-name.ts';

interface NodeBoxProps {
  readonly node: DrawnNode;
  readonly at: Point;
  readonly width: number;
  readonly isLit: boolean;
  readonly onChoose: (id: string | undefined) => void;
  readonly onExpand: (kind: TopologyNodeKind) => void;
}

/** A link to what it stands for; where it stands for many, a button that shows them. */
export function NodeBox({ node, at, width, isLit, onChoose, onExpand }: NodeBoxProps) {
  const { texts, language } = useApp();
  const name = nameOf(node, texts);
  const facts = factsOf(node, texts, language);
  const kindText = texts[node.kind];
  const shared = {
    class: `box ${node.kind} ${isLit ? 'lit' : ''} ${node.messages > 0 && node.kind === 'queue' ? 'filled' : ''}`,
    style: { transform: `translate(${at.x}px, ${at.y}px)`, width: `${width}px` },
    'data-node': node.id,
    'aria-label': `${kindText} ${name}: ${facts}`,
    title:
      node.count > 1 ? texts.showAll : `${kindText} ${name}${node.vhost === '' ? '' : ` (${node.vhost})`}\n${facts}`,
    onMouseEnter: () => onChoose(node.id),
    onFocus: () => onChoose(node.id),
    onBlur: () => onChoose(undefined),
  };
  const content = (
    <>
      <b>{name}</b>
      <span>{facts}</span>
    </>
  );
  if (node.count > 1) {
    return (
      <button type="button" {...shared} onClick={() => onExpand(node.kind)}>
        {content}
      </button>
    );
  }
  return (
    <a {...shared} href={addressOf(node)}>
      {content}
    </a>
  );
}

function addressOf({ kind, vhost, name }: DrawnNode): string {
  if (kind === 'queue') return routeTo('queues', vhost, name);
  if (kind === 'exchange') return routeTo('exchanges', vhost, name || 'amq.default');
  return routeTo('connections', name);
}

/** What is worth knowing at a glance. */
function factsOf(
  { kind, note, in: incoming, out, messages, count }: DrawnNode,
  texts: Texts,
  language: string,
): string {
  const rate = formatRate(kind === 'producer' || kind === 'queue' ? out : incoming, language);
  const parts: string[] = [];
  if (count === 1 && kind === 'exchange') parts.push(note);
  if (kind === 'queue' && note !== '') parts.push(texts.paused);
  if (kind !== 'exchange' || incoming > 0) parts.push(rate);
  if (messages > 0) parts.push(texts.waiting(formatCount(messages, language)));
  return parts.join(' · ');
}
