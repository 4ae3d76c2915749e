/** Work on whole BTFs, done once in a process of its own, as the command does it, with its settings of the engine. */
export interface Job {
  readonly name: string;
  /** Files that it reads. The first `kernels` of them are raw BTF, by whose size memory is measured. */
  readonly files: readonly string[];
  readonly kernels: number;
  /** From files to result. */
  readonly run: (files: readonly string[]) => unknown;
  /** The arguments with which bpftool does the same; what is written goes to `output`. */
  readonly bpftool?: (files: readonly string[], output: string) => readonly string[];
}
