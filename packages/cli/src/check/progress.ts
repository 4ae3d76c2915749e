import { type Output, print } from "../common/output.js";
import { formatCount } from "./words.js";

export interface Progress {
  readonly advance: () => void;
  readonly stop: () => void;
}

/** Between lines where there is no terminal, in milliseconds: a short run has none. */
const LINE_EVERY = 10_000;
const BAR_WIDTH = 30;
/** What stands beside the bar, in characters. */
const BESIDE = 45;

/** Tells how far a run is: a bar on a terminal, which is gone afterwards; else a line now and then. */
export async function startProgress(total: number, what: string, stderr: Output): Promise<Progress> {
  return stderr.columns !== undefined && total > 1
    ? startBar(total, what, stderr.columns)
    : startLines(total, what, stderr);
}

async function startBar(total: number, what: string, columns: number): Promise<Progress> {
  const { SingleBar } = await import("cli-progress");
  const bar = new SingleBar({
    format: `{bar} {value} of {total} ${what}, {eta_formatted} left`,
    barCompleteChar: "=",
    barIncompleteChar: " ",
    barsize: Math.max(0, Math.min(BAR_WIDTH, columns - BESIDE)),
    clearOnComplete: true,
    hideCursor: true,
    // Signals are for whoever started this.
    gracefulExit: false,
    linewrap: null,
  });
  bar.start(total, 0);
  return { advance: () => bar.increment(), stop: () => bar.stop() };
}

function startLines(total: number, what: string, stderr: Output): Progress {
  const started = Date.now();
  let [done, last] = [0, started];
  const advance = (): void => {
    done++;
    const now = Date.now();
    if (now - last < LINE_EVERY || done === total) return;
    last = now;
    const left = formatSeconds(((now - started) / done) * (total - done));
    print(stderr, `${formatCount(done)} of ${formatCount(total)} ${what}, about ${left} left\n`);
  };
  return { advance, stop: () => undefined };
}

function formatSeconds(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
