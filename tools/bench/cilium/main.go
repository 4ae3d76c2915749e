// Times cilium/ebpf on one object and one kernel's raw BTF, step by step as the harness of tools/conformance times
// libbpf, and prints nanoseconds as JSON.
package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

type times struct {
	First  int64 `json:"first_ns"`
	Median int64 `json:"median_ns"`
	Min    int64 `json:"min_ns"`
	Max    int64 `json:"max_ns"`
}

type result struct {
	Runs         int   `json:"runs"`
	Relocations  int   `json:"relocations"`
	Resolved     int   `json:"resolved"`
	Whole        times `json:"whole"`
	Open         times `json:"open"`
	Parse        times `json:"parse"`
	RelocateCold times `json:"relocate_cold"`
	RelocateWarm times `json:"relocate_warm"`
}

// object is what relocating needs of an object: each relocation, and its instruction.
type object struct {
	order        binary.ByteOrder
	relocations  []*btf.CORERelocation
	instructions []*asm.Instruction
}

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: cilium RUNS TARGET OBJECT"))
	}
	runs, err := strconv.Atoi(os.Args[1])
	if err != nil || runs < 1 {
		fail(fmt.Errorf("%q is no number of runs", os.Args[1]))
	}
	if err := json.NewEncoder(os.Stdout).Encode(measure(runs, os.Args[2], os.Args[3])); err != nil {
		fail(err)
	}
}

func measure(runs int, targetPath, objectPath string) (result result) {
	result.Runs = runs
	// First, so that its first run is also the process's first.
	result.Whole = timed(runs, func() func() {
		return func() {
			kernel := parse(must(os.ReadFile(targetPath)))
			relocate(open(must(os.ReadFile(objectPath))), kernel)
		}
	})
	targetBytes, objectBytes := must(os.ReadFile(targetPath)), must(os.ReadFile(objectPath))
	result.Open = timed(runs, func() func() { return func() { open(objectBytes) } })
	result.Parse = timed(runs, func() func() { return func() { parse(targetBytes) } })
	result.RelocateCold = timed(runs, func() func() {
		fresh, kernel := open(objectBytes), parse(targetBytes)
		return func() { relocate(fresh, kernel) }
	})
	warm := parse(targetBytes)
	result.Relocations, result.Resolved = relocate(open(objectBytes), warm)
	result.RelocateWarm = timed(runs, func() func() {
		fresh := open(objectBytes)
		return func() { relocate(fresh, warm) }
	})
	return result
}

// parse also makes the index of names; types are decoded when they are asked for.
func parse(raw []byte) *btf.Spec {
	return must(btf.LoadSpecFromReader(bytes.NewReader(raw)))
}

func open(raw []byte) (opened object) {
	_, info, err := btf.LoadSpecAndExtInfosFromReader(bytes.NewReader(raw))
	if err != nil {
		fail(err)
	}
	file := must(elf.NewFile(bytes.NewReader(raw)))
	opened.order = file.ByteOrder
	for name, relocations := range info.CORERelos {
		code := bytes.NewReader(must(file.Section(name).Data()))
		at := make(map[asm.RawInstructionOffset]*asm.Instruction)
		for each := must(asm.AppendInstructions(nil, code, file.ByteOrder, "linux")).Iterate(); each.Next(); {
			at[each.Offset] = each.Ins
		}
		for _, relocation := range relocations {
			opened.relocations = append(opened.relocations, relocation.Relo)
			opened.instructions = append(opened.instructions, at[relocation.Offset])
		}
	}
	return opened
}

// relocate does for a whole object, at once, what cilium/ebpf does for a program that it loads.
func relocate(object object, kernel *btf.Spec) (relocations, resolved int) {
	var local btf.Builder
	fixups := must(btf.CORERelocate(object.relocations, []*btf.Spec{kernel}, object.order, local.Add))
	for i := range fixups {
		instruction := object.instructions[i]
		if err := fixups[i].Apply(instruction); err != nil {
			fail(err)
		}
		// What could not be resolved has become a call of a helper that there is not.
		if !instruction.IsBuiltinCall() || instruction.Constant != btf.COREBadRelocationSentinel {
			resolved++
		}
	}
	return len(fixups), resolved
}

// timed runs what prepare gives back, and times only that.
func timed(runs int, prepare func() func()) times {
	all := make([]int64, runs)
	for i := range all {
		run := prepare()
		start := time.Now()
		run()
		all[i] = time.Since(start).Nanoseconds()
	}
	first := all[0]
	slices.Sort(all)
	return times{first, all[runs/2], all[0], all[runs-1]}
}

func must[T any](value T, err error) T {
	if err != nil {
		fail(err)
	}
	return value
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "cilium:", err)
	os.Exit(1)
}
