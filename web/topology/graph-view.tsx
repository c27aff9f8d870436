import { useMemo, useState } from 'preact/hooks';
import type { TopologyNodeKind } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import type { Texts } from '../text/english.ts';
import { formatRate } from '../view/format.ts';
import { isArrowKey, nextInDirection } from './arrow-keys.ts';
import type { DrawnGraph } from './collapse.ts';
import type { FlowEdge } from './flows.ts';
import { type Layout, layout, type Point, type Room } from './layout.ts';
import { NodeBox } from './node-box.tsx';
import { nameOf } from './node-name.ts';
import { useWidth } from './use-width.ts';

const NODE_HEIGHT = 46;
/** Where columns say what is in them. */
const HEAD_HEIGHT = 30;
const WIDE: Omit<Room, 'width'> = { nodeHeight: NODE_HEIGHT, minPitch: 170, maxNodeWidth: 210 };
const NARROW: Omit<Room, 'width'> = { nodeHeight: NODE_HEIGHT, minPitch: 142, maxNodeWidth: 116 };
const NARROW_BELOW_PX = 600;
const THINNEST_PX = 1.25;
const THICKEST_PX = 11;
/** Beyond so many edges nothing moves, neither along them nor to its new place: it would take more time than it is worth. */
const MOVING_EDGES = 60;
/** The head of lines that lead from the right to the left. */
const BACK_ARROW = 'back-arrow';

interface GraphViewProps {
  readonly graph: DrawnGraph;
  readonly onExpand: (kind: TopologyNodeKind) => void;
}

/** The picture: boxes over lines. Whatever is pointed at stands out with all that it is connected with. */
export function GraphView({ graph, onExpand }: GraphViewProps) {
  const { texts } = useApp();
  const [holder, width] = useWidth();
  const [chosen, setChosen] = useState<string>();
  const drawing = useLayout(graph, width);
  const lit = useMemo(() => connectedWith(chosen, graph.edges), [chosen, graph]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isArrowKey(event.key) || drawing === undefined || chosen === undefined) return;
    const next = nextInDirection(drawing.nodes, chosen, event.key);
    if (next === undefined) return;
    event.preventDefault();
    const boxes = (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[data-node]');
    [...boxes].find((box) => box.getAttribute('data-node') === next)?.focus();
  };
  return (
    <div class="graph-scroll" ref={holder}>
      {drawing !== undefined && (
        // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys are for the links in it.
        <div
          class={classOf(lit !== undefined, graph.edges.length <= MOVING_EDGES)}
          style={{ width: `${drawing.width}px`, height: `${drawing.height + HEAD_HEIGHT}px` }}
          onKeyDown={onKeyDown}
          onMouseLeave={() => setChosen(undefined)}
        >
          <ColumnHeads graph={graph} drawing={drawing} texts={texts} />
          <Lines graph={graph} drawing={drawing} lit={lit} />
          {graph.nodes.map((node) => (
            <NodeBox
              key={node.id}
              node={node}
              at={offset(drawing.nodes.get(node.id)!)}
              width={drawing.nodeWidth}
              isLit={lit?.has(node.id) ?? false}
              onChoose={setChosen}
              onExpand={onExpand}
            />
          ))}
        </div>
      )}
    </div>
  );
}

function classOf(isChoosing: boolean, isMoving: boolean): string {
  return `graph ${isChoosing ? 'choosing' : ''} ${isMoving ? 'lively' : ''}`;
}

/** The top left corner of a box. */
function offset({ x, y }: Point): Point {
  return { x, y: y + HEAD_HEIGHT - NODE_HEIGHT / 2 };
}

/** Found anew only when something has come or gone: rates change nothing in it. */
function useLayout({ nodes, edges }: DrawnGraph, width: number | undefined): Layout | undefined {
  const shape = [...nodes.map(({ id }) => id), '', ...edges.map(({ from, to }) => `${from} ${to}`)].join('\n');
  return useMemo(() => {
    if (width === undefined) return undefined;
    return layout(nodes, edges, { width, ...(width < NARROW_BELOW_PX ? NARROW : WIDE) });
  }, [shape, width]);
}

/** What messages pass on their way to the node and from it; undefined: none is chosen. */
function connectedWith(chosen: string | undefined, edges: readonly FlowEdge[]): ReadonlySet<string> | undefined {
  if (chosen === undefined) return undefined;
  const [before, behind] = [new Set([chosen]), new Set([chosen])];
  for (const id of behind) for (const { from, to } of edges) if (from === id) behind.add(to);
  for (const id of before) for (const { from, to } of edges) if (to === id) before.add(from);
  return new Set([...before, ...behind]);
}

interface DrawnProps {
  readonly graph: DrawnGraph;
  readonly drawing: Layout;
}

function ColumnHeads({ graph, drawing, texts }: DrawnProps & { readonly texts: Texts }) {
  const titles: Readonly<Record<TopologyNodeKind, string>> = {
    producer: texts.producers,
    exchange: texts.exchanges,
    queue: texts.queues,
    consumer: texts.consumers,
  };
  const heads = new Map<TopologyNodeKind, number>();
  for (const { id, kind } of graph.nodes) {
    const { x } = drawing.nodes.get(id)!;
    heads.set(kind, Math.min(x, heads.get(kind) ?? x));
  }
  return (
    <>
      {[...heads].map(([kind, x]) => (
        <div key={kind} class={`graph-head ${kind}`} style={{ left: `${x}px`, width: `${drawing.nodeWidth}px` }}>
          {titles[kind]}
        </div>
      ))}
    </>
  );
}

function Lines({
  graph: { nodes, edges },
  drawing,
  lit,
}: DrawnProps & { readonly lit: ReadonlySet<string> | undefined }) {
  const { texts, language } = useApp();
  const most = Math.max(1, ...edges.map(({ flow }) => flow));
  const names = new Map(nodes.map((node) => [node.id, nameOf(node, texts)]));
  const moves = edges.length <= MOVING_EDGES;
  return (
    <svg width={drawing.width} height={drawing.height + HEAD_HEIGHT} aria-hidden="true">
      <defs>
        <marker id={BACK_ARROW} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
          <path d="M1 1 7 4 1 7" />
        </marker>
      </defs>
      {edges.map((edge, i) => {
        const { from, to, kind, flow, keys } = edge;
        const path = pathThrough(drawing.edges[i]!);
        const isLit = lit?.has(from) === true && lit.has(to);
        const width = thickness(flow, most);
        const kindText = kind === 'dead-letter' ? texts.deadLetters : '';
        const rate = flow > 0 ? formatRate(flow, language) : '';
        const what = [kindText, ...keys, rate].filter((text) => text !== '').join('  ');
        return (
          <g key={`${from}\n\n${to}`} class={`edge ${kind} ${flow > 0 ? 'busy' : ''} ${isLit ? 'lit' : ''}`}>
            <path
              d={path}
              style={{ d: `path("${path}")`, strokeWidth: `${width}px` }}
              marker-end={kind === 'dead-letter' ? `url(#${BACK_ARROW})` : undefined}
            >
              <title>{`${names.get(from)} → ${names.get(to)}\n${what}`}</title>
            </path>
            {moves && flow > 0 && (
              <path
                class="moving"
                d={path}
                style={{ d: `path("${path}")`, strokeWidth: `${Math.max(2, width / 2.5)}px` }}
              />
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** Twice as thick for four times as much: the area that the eye sees grows more slowly than traffic does. */
function thickness(flow: number, most: number): number {
  return flow <= 0 ? THINNEST_PX : THINNEST_PX + (THICKEST_PX - THINNEST_PX) * Math.sqrt(flow / most);
}

/** A curve that leaves and arrives level, and runs straight past the columns between. */
function pathThrough(points: readonly Point[]): string {
  const [start, ...others] = points.map(({ x, y }) => ({ x: round(x), y: round(y + HEAD_HEIGHT) })) as [
    Point,
    ...Point[],
  ];
  let last = start;
  let path = `M${start.x} ${start.y}`;
  for (const point of others) {
    const bend = round((Math.max(30, Math.abs(point.x - last.x)) / 2) * (point.x < last.x ? -1 : 1));
    path += `C${last.x + bend} ${last.y} ${point.x - bend} ${point.y} ${point.x} ${point.y}`;
    last = point;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
