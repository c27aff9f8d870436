import type { RouteTrace, TracedExchange, TracedQueue } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import type { Texts } from '../text/english.ts';
import { Chip } from '../view/features.tsx';
import { formatCount, formatDuration, formatValue } from '../view/format.ts';
import { type Branch, type ExchangeTarget, type QueueTarget, routeTree, type Target } from './route-tree.ts';

interface RouteViewProps {
  readonly vhost: string;
  readonly trace: RouteTrace;
}

/** The way of a message: what would get it, and how it would come there. */
export function RouteView({ vhost, trace }: RouteViewProps) {
  const { texts, language } = useApp();
  const tree = routeTree(trace);
  const further = trace.routing_keys.slice(1);
  const takers = trace.queues.filter(({ outcome }) => outcome === 'taken');
  const possible = takers.filter(({ certain }) => !certain).length;
  const count = takers.length - possible + unlisted(trace);
  return (
    <>
      <p class={count + possible === 0 ? 'route-sum none' : 'route-sum'} role="status">
        {count + possible === 0 ? texts.routeNowhere : texts.routeReaches(formatCount(count, language))}{' '}
        {possible > 0 && texts.routePerhapsMore(formatCount(possible, language))}
      </p>
      {further.length > 0 && (
        <p class="hint">
          {texts.routeFurtherKeys} <code>{further.join(', ')}</code>
        </p>
      )}
      {tree !== undefined && (
        <ul class="route-tree">
          <li>
            <TargetView vhost={vhost} target={tree} />
          </li>
        </ul>
      )}
      {unlisted(trace) > 0 && <p class="hint">{texts.notAllShown}</p>}
    </>
  );
}

function unlisted({ queue_count: count, queues }: RouteTrace): number {
  return count - queues.length;
}

function TargetView({ vhost, target }: { readonly vhost: string; readonly target: Target }) {
  return target.kind === 'queue' ? (
    <QueueLine vhost={vhost} target={target} />
  ) : (
    <ExchangeLine vhost={vhost} target={target} />
  );
}

function ExchangeLine({ vhost, target }: { readonly vhost: string; readonly target: ExchangeTarget }) {
  const { texts } = useApp();
  const { step, isRepeated, branches } = target;
  const notes = isRepeated ? [texts.routeSeenAbove] : notesOn(step, branches, texts);
  return (
    <>
      <span class="route-node exchange">
        <a href={routeTo('exchanges', vhost, step.exchange || 'amq.default')}>
          {step.exchange || texts.defaultExchange}
        </a>
        <Chip text={step.type} />
        {!step.certain && <Chip text={texts.routePerhaps} isMarked />}
        {notes.map((note) => (
          <small key={note}>{note}</small>
        ))}
      </span>
      {branches.length > 0 && (
        <ul>
          {branches.map((branch) => (
            <li key={branchKey(branch)}>
              <Ways branch={branch} delayMs={step.delay_ms} />
              <TargetView vhost={vhost} target={branch.target} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function branchKey({ target }: Branch): string {
  if (target.kind === 'queue') return `q ${target.queue.name}`;
  return `e ${target.step.exchange} ${target.step.after_ms}`;
}

/** Why it goes on as it does, or does not. */
function notesOn(step: TracedExchange, branches: readonly Branch[], texts: Texts): string[] {
  if (step.duplicate) return [texts.routeDuplicateHere];
  if (step.picks === 'chance') return [texts.routeByChance];
  if (step.picks === 'hash' && branches.length > 0) return [texts.routeByHash];
  if (step.binding_count > 0 || step.delay_ms > 0) return [];
  if (step.goes_to_alternate) return [texts.routeNoBinding];
  const { alternate_exchange: alternate } = step;
  return alternate === null ? [texts.routeNoBinding] : [texts.routeNoBinding, texts.routeNoAlternate(alternate)];
}

/** The bindings that lead to a destination, or what does instead. */
function Ways({ branch: { bindings, by }, delayMs }: { readonly branch: Branch; readonly delayMs: number }) {
  const { texts } = useApp();
  if (by === 'delay') return <span class="route-way">{texts.routeAfter(formatDuration(delayMs))}</span>;
  if (by === 'alternate') return <span class="route-way">{texts.alternateExchange}</span>;
  return (
    <span class="route-way">
      {bindings.map(({ routing_key: key, arguments: args }) => {
        const pairs = Object.entries(args).map(([name, value]) => `${name}: ${formatValue(value)}`);
        return (
          <code key={`${key} ${pairs}`}>
            {key === '' ? '∅' : key}
            {pairs.length > 0 && <i> {pairs.join(', ')}</i>}
          </code>
        );
      })}
    </span>
  );
}

function QueueLine({ vhost, target: { queue, isRepeated } }: { readonly vhost: string; readonly target: QueueTarget }) {
  const { texts } = useApp();
  const outcome = isRepeated ? texts.routeOnlyOnce : outcomeText(queue, texts);
  return (
    <span class={`route-node queue ${isRepeated ? 'repeated' : queue.outcome}`}>
      <a href={routeTo('queues', vhost, queue.name)}>{queue.name}</a>
      {!queue.certain && <Chip text={texts.routePerhaps} isMarked />}
      <small>{outcome}</small>
    </span>
  );
}

function outcomeText({ outcome }: TracedQueue, texts: Texts): string {
  switch (outcome) {
    case 'taken':
      return texts.routeTaken;
    case 'refused':
      return texts.routeRefused;
    case 'dead-lettered':
      return texts.routeDeadLettered;
    case 'duplicate':
      return texts.routeDuplicate;
  }
}
