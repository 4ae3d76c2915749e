import { findCorpus, loadAnswersOf, objectsOf, readBytes } from "@core/corpus";
import { INSN_SIZE } from "@core/insn-patch";
import { openObject } from "@core/relocate";
import { describe, expect, it } from "vitest";
import { isSubprogram, type LinkedProgram, linkObject, linkProgram } from "./index.js";

const insnsOf = ({ functions }: LinkedProgram): number =>
  functions.reduce((sum, { size }) => sum + size / INSN_SIZE, 0);

const corpus = findCorpus();

describe.skipIf(corpus === undefined)("the objects of a corpus", () => {
  const real = corpus ?? { path: "" };
  const objects = objectsOf(real).map((file) => {
    const object = openObject(readBytes(file));
    return { name: file.name, object, linked: linkObject(object) };
  });

  it("have programs of as many instructions as the kernel was given", () => {
    const expected = new Map<string, number>();
    for (const { answers } of loadAnswersOf(real)) {
      for (const { object, program, insns } of answers) expected.set(`${object} ${program}`, insns);
    }
    const linked = objects.flatMap(({ name, object, linked }) =>
      object.programs
        .filter((program) => !isSubprogram(program) && expected.has(`${name} ${program.name}`))
        .map((program): [string, number] => [
          `${name} ${program.name}`,
          insnsOf(linkProgram(linked, program)),
        ]),
    );
    expect(new Map(linked)).toEqual(expected);
  });
});
