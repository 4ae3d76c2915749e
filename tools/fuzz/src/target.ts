/** A part of the code that takes bytes from outside, and what must hold for whatever bytes those are. */
export interface FuzzTarget {
  /** Inputs to start from: real ones, which lead deep into the code. */
  seeds(): Iterable<Uint8Array>;
  /**
   * Runs it on one input.
   *
   * @throws for anything but what the layer documents: that is a finding.
   */
  fuzz(data: Uint8Array): void;
}
