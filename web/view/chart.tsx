import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Series {
  readonly label: string;
  readonly colour: string;
  /** One value for each time; null: not known then. */
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  /** Seconds since 1970. */
  readonly timesS: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

const HEIGHT_PX = 170;
/** As much time as is shown at least: lines grow from the right. */
const SHORTEST_S = 60;
const FONT = '11px system-ui, sans-serif';

/** Lines over time. */
export function Chart({ title, timesS, series, format }: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const labels = series.map(({ label }) => label).join();
  // Made anew for other labels; values are set below.
  useEffect(() => {
    const element = holder.current!;
    const made = new uPlot(optionsOf(element, series, format), [[], ...series.map(() => [])], element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [labels]);
  useEffect(() => {
    plot.current?.setData([[...timesS], ...series.map(({ values }) => [...values])]);
  });
  return <div ref={holder} class="chart" role="img" aria-label={title} />;
}

function optionsOf(element: HTMLElement, series: readonly Series[], format: (value: number) => string): uPlot.Options {
  // Asked for whenever it is drawn: the theme may have been changed.
  const colour = () => getComputedStyle(element).color;
  const axis = { stroke: colour, font: FONT, grid: { stroke: '#8883', width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    cursor: { drag: { x: false, y: false } },
    scales: {
      x: { range: (_plot, low, high) => [Math.min(low, high - SHORTEST_S), high] },
      y: { range: (_plot, _low, high) => [0, Math.max(1, (high ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map(timeOfDay) },
      { ...axis, size: 58, values: (_plot, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...series.map(({ label, colour: stroke }) => ({
        label,
        stroke,
        width: 1.5,
        points: { show: false },
        value: (plot: uPlot, value: number | null, index: number) => {
          const shown = value ?? newestOf(plot.data[index]);
          return shown === undefined ? '–' : format(shown);
        },
      })),
    ],
  };
}

/** What is told while nothing is pointed at. */
function newestOf(values: ArrayLike<number | null | undefined> | undefined): number | undefined {
  for (let i = (values?.length ?? 0) - 1; i >= 0; i--) if (values![i] != null) return values![i]!;
  return undefined;
}

function timeOfDay(timeS: number): string {
  return new Date(timeS * 1000).toLocaleTimeString([], { hour12: false });
}
