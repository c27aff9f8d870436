import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Topology, TopologyNodeKind } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { useApp } from '../shell/app-context.ts';
import { collapse } from '../topology/collapse.ts';
import { flowEdges } from '../topology/flows.ts';
import { GraphView } from '../topology/graph-view.tsx';
import { Legend } from '../topology/legend.tsx';
import { Failure } from '../view/failure.tsx';
import { FilterInput } from '../view/filter-input.tsx';
import { formatCount } from '../view/format.ts';
import { useLatest } from '../view/use-latest.ts';
import { usePoll } from '../view/use-poll.ts';

const NOTHING: ReadonlySet<TopologyNodeKind> = new Set();

/** What messages pass through, as a live picture. */
export function TopologyPage() {
  const { texts, language, vhost } = useApp();
  const [name, setName] = useState('');
  /** Undefined: as much as is there decides. */
  const [showsIdle, setShowsIdle] = useState<boolean>();
  const [expanded, setExpanded] = useState(NOTHING);
  const idle = showsIdle === undefined ? 'auto' : showsIdle ? 'yes' : 'no';
  const path = vhost === undefined ? '/topology' : apiPath('topology', vhost);
  const { data, error } = usePoll<Topology>(`${path}?${new URLSearchParams({ name, idle })}`);
  const topology = useLatest(data);
  const graph = useMemo(
    () => topology && collapse(topology.nodes, flowEdges(topology), expanded),
    [topology, expanded],
  );
  useEffect(() => setExpanded(NOTHING), [vhost, name]);
  const counted = (count: number) => formatCount(count, language);
  return (
    <>
      <h1>{texts.topology}</h1>
      <div class="toolbar">
        <FilterInput onChange={setName} />
        <label class="switch">
          <input
            type="checkbox"
            checked={showsIdle ?? topology?.idle === 0}
            onChange={(event) => setShowsIdle(event.currentTarget.checked)}
          />
          {texts.showIdle}
        </label>
        <span class="hint">
          {topology !== undefined && topology.idle > 0 && texts.idleHidden(counted(topology.idle))}
        </span>
        {expanded.size > 0 && (
          <button type="button" onClick={() => setExpanded(NOTHING)}>
            {texts.collapse}
          </button>
        )}
      </div>
      {error !== undefined && <Failure error={error} />}
      {topology !== undefined && topology.surplus > 0 && (
        <p class="hint">{texts.surplusHidden(counted(topology.surplus))}</p>
      )}
      <section class="panel topology">
        {graph?.nodes.length === 0 && <p class="empty">{name === '' ? texts.topologyEmpty : texts.nothingMatches}</p>}
        {graph !== undefined && graph.nodes.length > 0 && (
          <>
            <GraphView graph={graph} onExpand={(kind) => setExpanded(new Set([...expanded, kind]))} />
            <Legend edges={graph.edges} />
          </>
        )}
      </section>
      <p class="hint">{texts.topologyHint}</p>
    </>
  );
}
