import type { Growth } from "./growth.js";

const WIDTH = 260;
const HEIGHT = 150;
const GAP = 40;
const TOP = 44;
const TITLE = "<title>Time for each part of the work, as the work grows</title>";

/** One small plot for each kind of growth, side by side: time for each part against the amount, both from 0. */
export function growthPlot(growths: readonly Growth[]): string {
  const columns = 2;
  const rows = Math.ceil(growths.length / columns);
  const plots = growths.map((growth, i) => {
    const x = GAP + (i % columns) * (WIDTH + 2 * GAP);
    const y = TOP + Math.floor(i / columns) * (HEIGHT + TOP + GAP);
    return `<g transform="translate(${x} ${y})">${plotOf(growth)}</g>`;
  });
  const size = `${columns * (WIDTH + 2 * GAP)} ${rows * (HEIGHT + TOP + GAP)}`;
  const style =
    "text{font:11px sans-serif;fill:#555}path{fill:none;stroke:#888}.line{stroke:#2563eb;stroke-width:2}circle{fill:#2563eb}";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}">${TITLE}<style>${style}</style>${plots.join("")}</svg>\n`;
}

function plotOf({ what, points }: Growth): string {
  const most = Math.max(...points.map(({ each }) => each)) * 1.25;
  const last = Math.max(...points.map(({ amount }) => amount));
  const at = points.map(({ amount, each }) => {
    const [x, y] = [(amount / last) * WIDTH, HEIGHT - (each / most) * HEIGHT];
    return { x: Math.round(x), y: Math.round(y), amount, each };
  });
  const line = at.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");
  const labels = at.map(
    ({ x, y, amount, each }) =>
      `<circle cx="${x}" cy="${y}" r="3"/><text x="${x}" y="${y - 8}" text-anchor="middle">${time(each)}</text>` +
      `<text x="${x}" y="${HEIGHT + 14}" text-anchor="middle">${amount}</text>`,
  );
  return `<text x="0" y="-16">${what}</text><path d="M0 0V${HEIGHT}H${WIDTH}"/><path class="line" d="${line}"/>${labels.join("")}`;
}

const time = (ns: number): string => (ns < 1000 ? `${ns.toFixed(0)} ns` : `${(ns / 1000).toFixed(1)} µs`);
