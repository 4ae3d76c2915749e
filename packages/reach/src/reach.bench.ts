import { parseBtf } from "@core/btf";
import { findCorpus, kernelsOf, objectsOf, readBytes } from "@core/corpus";
import { openObject, relocate } from "@core/relocate";
import { bench, describe } from "vitest";
import { linkObject, linkProgram, poisonedPlaces, reachOf } from "./index.js";

const corpus = findCorpus();

if (corpus !== undefined) {
  const objects = objectsOf(corpus).map((file) => openObject(readBytes(file)));
  const kernels = kernelsOf(corpus).map((file) => parseBtf(readBytes(file)));
  const linked = objects.map((object) => linkObject(object));
  const programs = kernels.flatMap((kernel) =>
    linked.flatMap((one) => {
      const relocated = relocate(one.object, { kernel });
      return one.object.programs
        .map((program) => linkProgram(one, program))
        .map((program) => ({ program, relocated, poisoned: poisonedPlaces(program, relocated) }))
        .filter(({ poisoned }) => poisoned.length > 0);
    }),
  );

  describe(`${objects.length} objects, ${kernels.length} kernels, ${programs.length} programs with poison`, () => {
    bench("link every object and program", () => {
      for (const object of objects) {
        const one = linkObject(object);
        for (const program of object.programs) linkProgram(one, program);
      }
    });
    bench("tell which poison is reached", () => {
      for (const { program, relocated, poisoned } of programs) reachOf(program, relocated, poisoned);
    });
  });
}
