import { CoreError } from "@core/bytes";
import { type LinkedObject, linkObject } from "@core/reach";
import type { BpfObject } from "@core/relocate";

const LINKED = new WeakMap<BpfObject, LinkedObject | CoreError>();

/**
 * An object's functions put together, which depends on no kernel: once for all that it is checked against.
 * @throws CoreError where libbpf would refuse the object.
 */
export function linkOnce(object: BpfObject): LinkedObject {
  const linked = LINKED.get(object) ?? link(object);
  LINKED.set(object, linked);
  if (linked instanceof CoreError) throw linked;
  return linked;
}

function link(object: BpfObject): LinkedObject | CoreError {
  try {
    return linkObject(object);
  } catch (error) {
    if (error instanceof CoreError) return error;
    throw error;
  }
}
