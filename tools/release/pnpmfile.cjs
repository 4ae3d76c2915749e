// What pnpm asks before it packs a package.

module.exports = {
  hooks: {
    /**
     * Leaves out of a published package.json what only this workspace needs, and puts the rest in order: pnpm fills in
     * versions as it finds them, now in one order, now in another, and the same sources would give other bytes.
     */
    beforePacking({ devDependencies, scripts, dependencies, ...manifest }) {
      if (dependencies === undefined) return manifest;
      const sorted = Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1));
      return { ...manifest, dependencies: Object.fromEntries(sorted) };
    },
  },
};
