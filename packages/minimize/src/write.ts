import type { Btf } from "@core/btf";
import type { Target } from "@core/relocate";
import { MinimizeError } from "./error.js";
import { type WrittenLayer, writeLayer } from "./layer.js";
import type { Needs } from "./needs.js";

/** BTF on which objects are relocated as on all of a target's. */
export interface Minimized {
  readonly kernel: Uint8Array<ArrayBuffer>;
  /** In the order of the target's modules, without those that nothing is needed of. */
  readonly modules: readonly MinimizedModule[];
}

export interface MinimizedModule {
  readonly name: string;
  /** Split BTF, to be parsed on top of what it is split from. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The name of the module before it that it is split from; `undefined` for the kernel. */
  readonly base: string | undefined;
}

/** What is needed of a target, written. */
export interface WrittenTarget {
  /** By the layer of the target. */
  readonly layers: ReadonlyMap<Btf, WrittenLayer>;
  readonly target: Target;
  readonly minimized: Minimized;
}

/**
 * The layers of a target, each after what it is split from.
 * @throws MinimizeError `base`.
 */
export function layersOf({ kernel, modules = [] }: Target): readonly Btf[] {
  const layers = [kernel];
  for (const { name, btf } of modules) {
    if (btf.base === undefined || !layers.includes(btf.base)) {
      const message = `module ${name} is split neither from the kernel's BTF nor from that of a module before it`;
      throw new MinimizeError("base", message);
    }
    layers.push(btf);
  }
  return layers;
}

export function writeTarget({ kernel, modules = [] }: Target, needs: Needs): WrittenTarget {
  const layers = new Map<Btf, WrittenLayer>();
  const write = (btf: Btf, base?: WrittenLayer): WrittenLayer => {
    const layer = writeLayer(btf, needs, base);
    layers.set(btf, layer);
    return layer;
  };
  const writtenKernel = write(kernel);
  const isNeeded = ({ btf }: { readonly btf: Btf }): boolean =>
    needs.get(btf)?.types.size !== 0 || modules.some((module) => module.btf.base === btf && isNeeded(module));
  const written = modules.filter(isNeeded).map(({ name, btf }) => {
    const base = btf.base && layers.get(btf.base);
    return { name, layer: write(btf, base), base: modules.find((module) => module.btf === btf.base)?.name };
  });
  return {
    layers,
    target: {
      kernel: writtenKernel.btf,
      modules: written.map(({ name, layer }) => ({ name, btf: layer.btf })),
    },
    minimized: {
      kernel: writtenKernel.bytes,
      modules: written.map(({ name, layer, base }) => ({ name, bytes: layer.bytes, base })),
    },
  };
}
